# What something hostile in a plan would try, each with its outcome in the file `found` of its folder.
# probe.sh WORKER SECRET OTHERS_FILE OTHER_RUN PORT MARK
worker=$1 secret=$2 others=$3 other_run=$4 port=$5 mark=$6
probe() {
  name=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "$name possible"; else echo "$name refused"; fi >>found
}
probe worker-environment grep -q CANARY "/proc/$worker/environ"
probe worker-memory sh -c "exec 3<>/proc/$worker/mem"
probe worker-signal kill -0 "$worker"
probe secret-of-the-stack cat "$secret"
probe file-of-another-user cat "$others"
probe folder-of-another-run ls "$other_run"
probe write-beside sh -c "echo x >'$others.written'"
probe write-to-the-system sh -c 'echo x >/usr/catalyst-probe && rm /usr/catalyst-probe'
probe tcp-elsewhere bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
probe own-folder sh -c 'echo x >mine && cat mine'
# Read by the shell itself: a fence shows a process only its own /proc.
while read -r name words; do
  case $name in Uid: | CapEff: | CapPrm: | NoNewPrivs:) echo "$name $words" ;; esac
done </proc/self/status >status
ulimit -c >core
ulimit -n >files
setsid sleep "$mark" >/dev/null 2>&1 &
# Last: it ends this shell. Bounded, should nothing else bound it.
sh -c 'i=0; while [ $i -lt 700 ]; do sleep 300 >/dev/null 2>&1 & i=$((i + 1)); echo $i >forks; done' 2>/dev/null
