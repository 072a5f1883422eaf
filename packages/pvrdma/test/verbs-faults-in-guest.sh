# Runs in a guest: brings about the faults of soft RoCE and of the paravirtual device, one after
# the other. Prints lines of a name, a tabulator, and what was said.
# Usage: verbs-faults-in-guest.sh NODE SCENARIOS
node=$1 scenarios=$2
say() {
  local day=$1 words status
  shift
  words=$("$@" 2>&1)
  status=$?
  printf '%s\t%s (status %s)\n' "$day" "${words//$'\n'/ }" "$status"
}
on() { say "$1 on $2" "$node" "$scenarios" "$1" "$2"; }

on 'dry queue' vmw_pvrdma0
on 'peer gone' vmw_pvrdma0

ip link add roce0 mtu 4200 type veth peer name roce1 mtu 4200
for i in 0 1; do
  echo 1 >/proc/sys/net/ipv4/conf/roce$i/accept_local
  echo 0 >/proc/sys/net/ipv4/conf/roce$i/rp_filter
  ip address add 10.0.3.$((i + 1))/24 dev roce$i
  ip link set roce$i up
done
rdma link add rxe0 type rxe netdev roce0
sleep 1
on 'no route' rxe0
on 'port gone' rxe0

# No other user: the project may lie where only root can go.
say 'locked memory' setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock \
  bash -c 'ulimit -l 64; exec "$@"' bash "$node" "$scenarios" probe rxe0

ip link set roce0 mtu 1500
sleep 1
on 'probe datagrams' rxe0
