# shellcheck shell=bash
# As on a real site: an owner, a group that updates, users who only read, root's nightly maintenance, a monitoring user
# without rights, logs on another disk behind a symbolic link; for start, update, journal switch, backup, switchover,
# rollback. docs/security.md has the table that this walks.
only_headwater "modes of files of our own"
need_users

step "two sites, made by their owner"
for site in A B; do
  site_of_users "$site" 664 -replication=on
  can gtm "$site" mupip replicate -instance_create -name="$site"
  chmod 664 "$FOLDER/$site/gtm.repl"
  mkdir "$FOLDER/disk-$site"
  chown 20001:30000 "$FOLDER/disk-$site"
  ln -s "$FOLDER/disk-$site" "$FOLDER/$site/log"
  follow "$site" 664
done
choose_port A
choose_port B

step "started: by the owner here, by root there"
primary() { # WHO A B
  can "$1" "$2" mupip replicate -source -start -secondary=127.0.0.1:"${PORT[$3]}" -instsecondary="$3" \
    -log="$FOLDER/$2/log/source.log" -buffsize=1048576 -rootprimary "$CONNECT"
  POOL[$2]=up
}
secondary() { # WHO B A
  can "$1" "$2" mupip replicate -source -start -passive -instsecondary="$3" -log="$FOLDER/$2/log/source.log" \
    -buffsize=1048576 -propagateprimary
  can "$1" "$2" mupip replicate -receiver -start -listenport="${PORT[$2]}" -log="$FOLDER/$2/log/receiver.log" \
    -buffsize=1048576
  POOL[$2]=up
}
primary gtm A B
secondary root B A
for site in A B; do
  for file in "$FOLDER/disk-$site"/*.log*; do
    [[ $(stat -c %u "$file") == 20001 ]] || fail "$file is not the owner's"
  done
done

step "whoever may update does, whoever may read does"
number=0
everybody_works() { # A
  local who
  for who in gtm ann bob root; do
    number=$((number + 1))
    can "$who" "$1" gbl set "^a($number)" "by $who"
    reads reader "$1" "^a($number)" "by $who"
  done
  cannot reader "$1" gbl set '^a(0)' no
  for who in gtm ann bob root reader; do reads "$who" "$1" '^a(1)' 'by gtm'; done
}
everybody_works A
arrived() { as gtm B gbl get "^a($number)"; [[ $STATUS -eq 0 ]]; }
within "$DEADLINE_S" "B has it" arrived
for who in gtm ann reader root; do reads "$who" B '^a(1)' 'by gtm'; done
follow A 664
follow B 664

step "a new journal file by a member of the group, then root's nightly maintenance; everybody goes on"
can ann A mupip set -journal=enable,on,before -region '*'
everybody_works A
mkdir "$FOLDER/A/backup"
for who in root ann; do
  can "$who" A mupip set -journal=enable,on,before -region '*'
  everybody_works A
  can root A mupip backup -newjnlfiles DEFAULT "$FOLDER/A/backup/$who.dat"
  can "$who" A mupip integ -region DEFAULT
  cannot reader A mupip integ -region DEFAULT # Of a database that is being updated, without its shared memory.
  ! grep -q HWINTEGHEADER "$SAID" || fail "a reader's integ finds damage: $(cat "$SAID")"
  can root A mupip extract "$FOLDER/A/backup/$who.zwr"
  can root A mupip journal -extract="$FOLDER/A/backup/$who.mjf" -forward "$FOLDER/A/gtm.mjl"
  everybody_works A
  follow A 664
done
for file in "$FOLDER/A/backup"/*; do
  mode=$(stat -c %a "$file")
  [[ $((8#$mode & ~8#664)) -eq 0 ]] || fail "$file has mode $mode, more than the database"
done

step "a monitoring user: with the databases readable, all is told"
can monitor A mupip replicate -source -status -json
grep -q '"up": true' "$SAID" || fail "status: $(cat "$SAID")"
grep -q '"alive": true' "$SAID" || fail "status: $(cat "$SAID")"
can monitor A mupip replicate -source -checkhealth
can monitor A mupip replicate -source -showbacklog
can monitor B mupip replicate -receiver -checkhealth
cannot monitor A mupip replicate -source -shutdown -timeout=0
cannot ann A mupip replicate -source -shutdown -timeout=0
can gtm A mupip replicate -source -checkhealth

step "switchover: the owner ends what root has started, and the other way round"
can root A mupip replicate -source -shutdown -timeout=0
can root A mupip rundown -region '*'
follow A 664
can gtm B mupip replicate -receiver -shutdown -timeout=0
can gtm B mupip replicate -source -shutdown -timeout=0
can gtm B mupip rundown -region '*'
follow B 664
primary root B A
secondary gtm A B
everybody_works B
arrived() { as gtm A gbl get "^a($number)"; [[ $STATUS -eq 0 ]]; }
within "$DEADLINE_S" "A has it" arrived

step "rollback by root, after everything has died; the owner and the group go on"
kill_all_of A
can root A mupip journal -rollback -backward -resync=3 -losttrans="$FOLDER/A/lost" '*'
mode=$(stat -c %a "$FOLDER/A/lost")
[[ $((8#$mode & ~8#664)) -eq 0 ]] || fail "the lost transactions have mode $mode"
follow A 664
POOL[A]=
secondary gtm A B
within "$DEADLINE_S" "A has it again" arrived
for who in gtm ann reader; do reads "$who" A '^a(1)' 'by gtm'; done
follow A 664
