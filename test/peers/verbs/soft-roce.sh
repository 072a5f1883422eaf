# Runs in a guest: soft RoCE on one end of a veth pair, as rxe0, whose GID 1 is an IPv4 address.
set -e
ip link add roce0 mtu 4200 type veth peer name roce1 mtu 4200
echo 1 >/proc/sys/net/ipv4/conf/roce0/accept_local
ip address add 10.0.5.1/24 dev roce0
ip link set roce0 up
ip link set roce1 up
rdma link add rxe0 type rxe netdev roce0
