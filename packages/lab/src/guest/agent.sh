# Runs jobs for the host, one after the other, as the guest's first process.
#
# Ports (virtio-serial): 1 carries lines, "run NAME MARKER" from the host, "ready UPTIME" and "ended
# NAME STATUS" to it; 2 and 3 carry what jobs write to standard output and standard error, with the
# job's marker at the end of each. A job is a folder of the share with the files arguments and
# environment (strings that end in NUL), folder, and input.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
share=/run/iopath
exec 7<>"$(echo /dev/vport*p1)" 8>"$(echo /dev/vport*p2)" 9>"$(echo /dev/vport*p3)"
ip link set lo up
hostname iopath-guest 2>/dev/null
mkfifo /run/job-output /run/job-error

run() {
  local job=$share/$1 arguments environment folder status relays=()
  mapfile -d '' -t arguments <"$job/arguments"
  mapfile -d '' -t environment <"$job/environment"
  folder=$(<"$job/folder")
  # Relays, since a port can be opened once only and a job may open /dev/stdout again.
  cat </run/job-output >&8 & relays+=($!)
  cat </run/job-error >&9 & relays+=($!)
  env -i -C "$folder" "${environment[@]}" "${arguments[@]}" \
    <"$job/input" >/run/job-output 2>/run/job-error 7>&- 8>&- 9>&-
  status=$?
  # Until the last process that holds them has closed the pipes, as ssh(1) does.
  wait "${relays[@]}"
  printf '%s' "$2" >&8
  printf '%s' "$2" >&9
  printf 'ended %s %s\n' "$1" "$status" >&7
}

printf 'ready %s\n' "$(cut -d' ' -f1 /proc/uptime)" >&7
while read -r verb name marker <&7; do
  [ "$verb" = run ] && run "$name" "$marker"
done
# The host has gone: nobody is left to serve.
echo o >/proc/sysrq-trigger
sleep 5
