# shellcheck shell=bash
# Processes end while another one's sets, in a region that both have, reach the database file in groups; each is the last one of a
# second region. What is behind when it leaves the first one is brought up when it leaves the second, and nothing is lost.
only_headwater "it is about sets that reach the database file later"
mkdir "$FOLDER/A"
global_directory A
on A mupip create
on A mupip set -journal=enable,on,before_images -region '*'
records=1000000
awk -v n=$records 'BEGIN { print "x"; print "22-NOV-2026  00:00:00 ZWR"; for (i = 1; i <= n; i++) print "^a(" i ")=\"" i "\"" }' >load.zwr

background A mupip load "$FOLDER/load.zwr"
ended=0
while ! gone "$(process A application)"; do
  echo 'set ^a("ends")=1,^x("ends")=1' | quietly A gbl run - >"$SAID" 2>&1 || fail "a process that ends, status $?: $(cat "$SAID")"
  ((ended += 1))
done
wait "$JOB" || fail "load: $(cat "$FOLDER/A/application.out")"
[[ $ended -gt 5 ]] || fail "only $ended processes ended during the load"
[[ $(extract A | wc -l) -eq $((records + 2)) ]] || fail "$(extract A | wc -l) nodes, not $((records + 2))"
