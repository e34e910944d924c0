# shellcheck shell=bash
# Every command, asked from where it may not look: by another user, from another IPC name space, from another PID name space, from
# one that has both of its own. The instances are up and well all the time. A command then works rightly, refuses with a named message
# and a status of its own, or says that it cannot tell (HWUNSEEN, 77): never that something is down. It changes no file unless it has
# worked, and lets nobody in beside the writer. A command that a program offers and the table has not fails. docs/security.md.
only_headwater "name spaces and our own messages"
need_users
if ! unshare --ipc --pid --fork --mount-proc true 2>/dev/null; then
  echo "skipped: needs name spaces"
  exit 77
fi
allow "may not attach" "name space"

# ---- the table ----
#
# Where it is asked: A the root, B its secondary. Then what is answered to another user, from another IPC name space, from another PID
# name space, and from one that has both:
#   ok       it works (status 0)
#   same     it works, and changes nothing
#   unseen   HWUNSEEN and its status
#   NAME     the message of that name, another status than 0 and HWUNSEEN's, and nothing has changed
#   N        status N, said in a line without a name; nothing has changed
# In the command @ is the site's folder, + a folder that is there for this question, with a global directory of its own.
table() {
  cat <<'ROWS'
AB | user         | ipc      | pid          | both     | command
---|--------------|----------|--------------|----------|--------
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip backup DEFAULT +/copy.dat
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip backup -bytestream -since=database DEFAULT +/increment
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip backup -newjnlfiles DEFAULT +/copy.dat
AB | unseen       | unseen   | same         | unseen   | mupip backup -replinstance=+/copy.repl
A  | DBNOCRE      | DBNOCRE  | DBNOCRE      | DBNOCRE  | mupip create
A  | same         | same     | same         | same     | mupip exit
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip extend DEFAULT -blocks=100
AB | DBOPNERR     | same     | same         | same     | mupip extract +/x.zwr
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip freeze -on DEFAULT
A  | DBOPNERR     | same     | ok           | same     | mupip freeze -off DEFAULT
A  | DBOPNERR     | unseen   | same         | unseen   | mupip ftok @/gtm.dat
A  | same         | same     | same         | same     | mupip help
AB | DBOPNERR     | unseen   | same         | unseen   | mupip integ -region *
A  | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip integ @/gtm.dat
AB | DBOPNERR     | unseen   | same         | unseen   | mupip integ -digest -region *
A  | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip integ -rebuild -region *
A  | JNLFILEOPNERR | unseen  | same         | unseen   | mupip journal -show=header -forward @/gtm.mjl
A  | JNLFILEOPNERR | unseen  | same         | unseen   | mupip journal -show=broken_transactions -backward @/gtm.mjl
A  | JNLFILEOPNERR | unseen  | same         | unseen   | mupip journal -verify -forward @/gtm.mjl
A  | JNLFILEOPNERR | unseen  | same         | unseen   | mupip journal -extract=+/x.mjf -forward @/gtm.mjl
A  | JNLFILEOPNERR | unseen  | MUSTANDALONE | unseen   | mupip journal -recover -forward @/gtm.mjl
A  | JNLFILEOPNERR | unseen  | MUSTANDALONE | unseen   | mupip journal -recover -backward @/gtm.mjl
AB | unseen       | unseen   | MUJPOOLRNDWNFL | unseen | mupip journal -rollback -backward *
AB | unseen       | unseen   | MUJPOOLRNDWNFL | unseen | mupip journal -rollback -backward -resync=1 -losttrans=+/lost *
AB | unseen       | unseen   | MUJPOOLRNDWNFL | unseen | mupip journal -rollback -backward -fetchresync=PORT -losttrans=+/lost *
AB | unseen       | unseen   | ok           | unseen   | mupip journal -rollback -backward -online *
A  | DBOPNERR     | unseen   | ok           | unseen   | mupip load LOADED
B  | DBOPNERR     | unseen   | SCNDDBNOUPD  | unseen   | mupip load LOADED
A  | same         | same     | same         | same     | mupip quit
A  | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip reorg -region DEFAULT
A  | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip restore @/gtm.dat INCREMENT
AB | unseen       | unseen   | MUJPOOLRNDWNFL | unseen | mupip rundown -region *
AB | DBOPNERR     | MUNOTALLSEC | MUNOTALLSEC | MUNOTALLSEC | mupip rundown -file @/gtm.dat
AB | DBOPNERR     | unseen   | ok           | unseen   | mupip set -journal=enable,on,before -region *
A  | DBOPNERR     | unseen   | REPLJNLCNFLCT | unseen  | mupip set -journal=off -region *
AB | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip set -replication=off -region *
AB | REPLINSTSTNDALN | REPLINSTSTNDALN | REPLINSTSTNDALN | REPLINSTSTNDALN | mupip set -own -region *
A  | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | mupip set -key_size=300 -region DEFAULT
A  | DBOPNERR     | unseen   | same         | unseen   | mupip size -region=DEFAULT
A  | 1            | same     | 1            | 1        | mupip stop PROCESS
A  | same         | same     | same         | same     | mupip version
AB | same         | same     | same         | same     | mupip replicate -editinstance -show -detail @/gtm.repl
AB | REPLINSTOPEN | unseen   | same         | unseen   | mupip replicate -editinstance -cleanslots @/gtm.repl
AB | same         | same     | same         | same     | mupip replicate -editinstance -change -offset=0 -size=1 @/gtm.repl
AB | REPLINSTOPEN | MUPCLIERR | MUPCLIERR   | MUPCLIERR | mupip replicate -editinstance -name=OTHER @/gtm.repl
AB | REPLINSTOPEN | unseen   | REPLINSTSTNDALN | unseen | mupip replicate -editinstance -forgetregion=DEFAULT @/gtm.repl
AB | REPLINSTSTNDALN | REPLINSTSTNDALN | REPLINSTSTNDALN | REPLINSTSTNDALN | mupip replicate -instance_create -name=OTHER
AB | FILEEXISTS   | FILEEXISTS | FILEEXISTS | FILEEXISTS | mupip replicate -instance_create -noreplace -name=OTHER
A  | unseen       | unseen   | SRCSRVEXISTS | unseen   | mupip replicate -source -start -secondary=127.0.0.1:PORT -instsecondary=B -rootprimary -log=+/log
B  | unseen       | unseen   | SRCSRVEXISTS | unseen   | mupip replicate -source -start -passive -instsecondary=A -propagateprimary -log=+/log
A  | unseen       | unseen   | PRIMARYISROOT | unseen  | mupip replicate -source -start -passive -instsecondary=Y -propagateprimary -log=+/log
B  | unseen       | unseen   | PRIMARYNOTROOT | unseen | mupip replicate -source -start -passive -instsecondary=Y -rootprimary -log=+/log
AB | unseen       | unseen   | unseen       | unseen   | mupip replicate -source -shutdown -timeout=0
AB | unseen       | unseen   | unseen       | unseen   | mupip replicate -source -checkhealth
AB | unseen       | unseen   | same         | unseen   | mupip replicate -source -showbacklog
AB | unseen       | unseen   | unseen       | unseen   | mupip replicate -source -status -json
A  | unseen       | unseen   | same         | unseen   | mupip replicate -source -needrestart -instsecondary=B
AB | unseen       | unseen   | same         | unseen   | mupip replicate -source -jnlpool -show
AB | unseen       | unseen   | same         | unseen   | mupip replicate -source -jnlpool -change -offset=0 -size=1
A  | unseen       | unseen   | 1            | unseen   | mupip replicate -source -activate -instsecondary=B -secondary=127.0.0.1:PORT -rootprimary
B  | unseen       | unseen   | ACTIVATEFAIL | unseen   | mupip replicate -source -activate -instsecondary=A -secondary=127.0.0.1:PORT -rootprimary
A  | unseen       | unseen   | PRIMARYISROOT | unseen  | mupip replicate -source -deactivate -instsecondary=B -propagateprimary
B  | unseen       | unseen   | PRIMARYNOTROOT | unseen | mupip replicate -source -deactivate -instsecondary=A -rootprimary
A  | unseen       | unseen   | ok           | unseen   | mupip replicate -source -changelog -log_interval=900 -instsecondary=B
A  | unseen       | unseen   | ok           | unseen   | mupip replicate -source -statslog=on -instsecondary=B
A  | unseen       | unseen   | ok           | unseen   | mupip replicate -source -statslog=off -instsecondary=B
A  | unseen       | unseen   | 1            | unseen   | mupip replicate -source -stopsourcefilter -instsecondary=B
AB | unseen       | unseen   | ok           | unseen   | mupip replicate -source -losttncomplete
AB | unseen       | unseen   | same         | unseen   | mupip replicate -source -freeze
A  | unseen       | unseen   | NORECVPOOL   | unseen   | mupip replicate -receiver -checkhealth
B  | unseen       | unseen   | unseen       | unseen   | mupip replicate -receiver -checkhealth
B  | unseen       | unseen   | same         | unseen   | mupip replicate -receiver -showbacklog
A  | unseen       | unseen   | PRIMARYISROOT | unseen  | mupip replicate -receiver -start -listenport=FREE -log=+/log
B  | unseen       | unseen   | RECVPOOLSETUP | unseen  | mupip replicate -receiver -start -listenport=FREE -log=+/log
B  | unseen       | unseen   | UPDPROC      | unseen   | mupip replicate -receiver -start -updateonly
B  | unseen       | unseen   | same         | unseen   | mupip replicate -receiver -start -helpers
B  | unseen       | unseen   | unseen       | unseen   | mupip replicate -receiver -shutdown -timeout=0
B  | unseen       | unseen   | unseen       | unseen   | mupip replicate -receiver -shutdown -updateonly -timeout=0
B  | unseen       | unseen   | same         | unseen   | mupip replicate -receiver -shutdown -helpers -timeout=0
B  | unseen       | unseen   | ok           | unseen   | mupip replicate -receiver -changelog -log_interval=900,900
B  | unseen       | unseen   | ok           | unseen   | mupip replicate -receiver -statslog=on
B  | unseen       | unseen   | ok           | unseen   | mupip replicate -receiver -statslog=off
B  | unseen       | unseen   | 1            | unseen   | mupip replicate -receiver -stopreceiverfilter
AB | unseen       | unseen   | HWREFRESHUSE | unseen   | mupip replicate -refresh -from=127.0.0.1:PORT -name=OTHER
AB | REPLCOMM     | REPLCOMM | REPLCOMM     | REPLCOMM | mupip replicate -refreshsend
A  | unseen       | unseen   | NORECVPOOL   | unseen   | mupip replicate -updateproc
B  | unseen       | unseen   | UPDPROC      | unseen   | mupip replicate -updateproc
A  | DBOPNERR     | unseen   | ok           | unseen   | dse all -buffer_flush
A  | DBOPNERR     | unseen   | ok           | unseen   | dse all -freeze
A  | DBOPNERR     | same     | ok           | same     | dse all -nofreeze
A  | DBOPNERR     | unseen   | ok           | unseen   | dse buffer_flush
A  | DBOPNERR     | unseen   | same         | unseen   | dse cache -show
A  | DBOPNERR     | unseen   | ok           | unseen   | dse change -fileheader -zqgblmod_seqno=0
A  | DBOPNERR     | unseen   | ok           | unseen   | dse change -fileheader -freeze=true
A  | DBOPNERR     | same     | ok           | same     | dse change -fileheader -freeze=false
AB | DBOPNERR     | unseen   | MUSTANDALONE | unseen   | dse change -fileheader -reg_seqno=1
A  | DBOPNERR     | unseen   | same         | unseen   | dse dump -block=2
A  | DBOPNERR     | unseen   | same         | unseen   | dse dump -key=^a(1)
A  | DBOPNERR     | unseen   | same         | unseen   | dse dump -fileheader -all
A  | same         | same     | same         | same     | dse evaluate -number=1F
A  | same         | same     | same         | same     | dse exit
A  | DBOPNERR     | unseen   | same         | unseen   | dse find -key=^a(1)
A  | same         | same     | same         | same     | dse find -region=DEFAULT
A  | same         | same     | same         | same     | dse help
A  | same         | same     | same         | same     | dse page
A  | same         | same     | same         | same     | dse quit
A  | same         | same     | same         | same     | dse version
A  | SYSCALL      | ok       | ok           | ok       | gde change -segment DEFAULT -allocation=300
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde add -name z* -region=DEFAULT
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde change -segment DEFAULT -allocation=300
A  | OBJNOTFND    | OBJNOTFND | OBJNOTFND   | OBJNOTFND | env gtmgbldir=+/own.gld gde delete -name z*
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde exit
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde help
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde locks -region=DEFAULT
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde log
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde quit
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde rename -region DEFAULT OTHER
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde setgd -file=+/own.gld
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde show -all
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde template -region -key_size=100
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde verify
A  | same         | same     | same         | same     | env gtmgbldir=+/own.gld gde @+/commands.gde
AB | DBOPNERR     | same     | same         | same     | gbl get ^a(1)
A  | DBOPNERR     | unseen   | ok           | unseen   | gbl set ^a(3) 3
B  | DBOPNERR     | unseen   | SCNDDBNOUPD  | unseen   | gbl set ^a(3) 3
A  | DBOPNERR     | unseen   | ok           | unseen   | gbl incr ^count
A  | DBOPNERR     | unseen   | ok           | unseen   | gbl kill ^nothing
A  | DBOPNERR     | unseen   | ok           | unseen   | gbl zkill ^nothing
A  | DBOPNERR     | same     | same         | same     | gbl data ^a
A  | DBOPNERR     | same     | same         | same     | gbl order ^a(1)
A  | DBOPNERR     | same     | same         | same     | gbl query ^a(1)
A  | DBOPNERR     | same     | same         | same     | gbl zwrite ^a
A  | DBOPNERR     | unseen   | same         | unseen   | gbl zqgblmod ^a(1)
A  | DBOPNERR     | unseen   | HWREFUSED    | unseen   | gbl apply-lost LOST
A  | DBOPNERR     | unseen   | ok           | unseen   | gbl run STATEMENTS
ROWS
}
# Qualifiers of `replicate` and `journal` that are no actions but go with one.
GO_WITH_AN_ACTION=" after apply_after_image autorollback backward before brokentrans buffsize chain checktn cmplvl connectparams
  corruptdb detail discard error_limit fences fetchresync filter forward from full global gvpatfile helpers id initialize
  instsecondary interactive jnlfileonly listenport log log_interval loglevel lookback_limit losttrans name noreplace noresync offset
  online parallel passive plaintextfallback propagateprimary qdbrundown redirect refreshport renegotiate_interval resume resync reuse
  rootprimary rsync_strm secondary seqno since size supplementary timeout tlsid transaction updateonly updateresync updnotok updok user
  value verbose zerobacklog "

# offered: all that the programs say they can do, a command a line; replicate's and journal's actions with their own words.
offered() {
  local program
  for program in mupip dse; do quietly A "$program" help | sed -n "s/^   \([a-z_]*\)  .*/$program \1/p"; done
  quietly A mupip help replicate | sed -n -E \
    -e '/^   -/{s/^   -([a-z_]*).*/\1/;h;s/^/mupip replicate -/p}' \
    -e '/^      -/{s/^      -(\[no\])?([a-z_]*).*/\2/;G;s/(.*)\n(.*)/mupip replicate -\2 -\1/p}'
  quietly A mupip help journal | sed -n -E 's/^   -(\[no\])?([a-z_]*).*/mupip journal -\2/p'
  quietly A gbl -help | sed -n 's/^  gbl \([a-z-]*\) .*/gbl \1/p' | grep -v -- ' -help'
  quietly A gde help 2>&1 | sed -n 's/^Commands *//p' | tr 'A-Z ' 'a-z\n' | sed -e 's/@file/@/' -e 's/^/gde /'
}
# stands WORDS...: the table has a row with all these words; qualifiers may have values there.
stands() {
  local word rows
  rows=$(table)
  for word; do rows=$(grep -E -- "[ ]$word( |=|\+|\$)" <<<"$rows") || return 1; done
}

step "the table is whole"
site_of_users A 660 -replication=on
site_of_users B 660 -replication=on
count=0
while read -r line; do
  count=$((count + 1))
  read -ra words <<<"$line"
  [[ $line != *"-receiver -stopsourcefilter" ]] || continue # It goes with -start.
  [[ ${words[-1]} != -* || $GO_WITH_AN_ACTION != *[[:space:]]"${words[-1]#-}"[[:space:]]* ]] || continue
  stands "${words[@]}" || fail "no row for: $line"
done < <(offered)
[[ $count -gt 100 ]] || fail "only $count commands were found"

step "a root and its secondary, up"
choose_port B
choose_port FREE
for site in A B; do
  can gtm $site mupip replicate -instance_create -name=$site
  chmod 664 "$FOLDER/$site/gtm.repl"
done
can gtm A mupip replicate -source -start -secondary=127.0.0.1:"${PORT[B]}" -instsecondary=B -log="$FOLDER/A/source.log" \
  -buffsize=1048576 -rootprimary "$CONNECT"
note_source A B active
can gtm B mupip replicate -source -start -passive -instsecondary=A -log="$FOLDER/B/source.log" -buffsize=1048576 -propagateprimary
note_source B A passive
can gtm B mupip replicate -receiver -start -listenport="${PORT[B]}" -log="$FOLDER/B/receiver.log" -buffsize=1048576
can gtm A gbl set '^a(1)' 1
can gtm A gbl set '^a(2)' 2
can root A mupip extract "$FOLDER/loaded"
echo 'set ^a(4)=4' >"$FOLDER/statements"
can root A mupip journal -extract="$FOLDER/extracted" -forward "$FOLDER/A/gtm.mjl"
{ echo "GDSJEX07 ROLLBACK PRIMARY A"; grep '^05' "$FOLDER/extracted"; } >"$FOLDER/lost"
for site in A B; do can root $site mupip backup -bytestream -since=database DEFAULT "$FOLDER/increment-$site"; done
chmod 644 "$FOLDER"/{loaded,statements,lost,increment-*}
expect_equal A B
sleep 600 &
PROCESS=$!
servers=("$(source_pid A B)" "$(source_pid B A)" "$(receiver_pid B)" "$(update_pid B)")
[[ " ${servers[*]} " != *"  "* ]] || fail "servers: ${servers[*]}"

# files: what must not change. Servers write their own slots, images and logs at any time; the second half of a control file is memory.
files() {
  (
    cd "$FOLDER" || exit 1
    find A B -name '*.log*' -o -name '*-ckpt' -o -type f -printf '%p %i %s %m %U\n' | sort
    cat A/gtm.gld B/gtm.gld <(head -c 8192 A/gtm.dat-ctl) <(head -c 8192 B/gtm.dat-ctl) | cksum
    ! own_space || ipcs -m | awk '$2 ~ /^[0-9]+$/ { print $2 }'
  )
}
# what the instance files say of their instances.
instances_say() {
  local site
  for site in A B; do
    quietly $site mupip replicate -editinstance -show "$FOLDER/$site/gtm.repl" 2>&1 | grep -E '^(HDR|HST)' |
      grep -vE 'Sequence|Sequence Number|Crash'
  done
}

declare -A FROM=(
  [user]="monitor @" [ipc]="root @ unshare --ipc" [pid]="root @ unshare --pid --fork --mount-proc"
  [both]="root @ unshare --ipc --pid --fork --mount-proc"
)
wrong=
# is_due ANSWER COMMAND...: whether the last command gave it.
is_due() {
  local text
  local lies='REPLREQROLLBACK|NOJNLPOOL|SRCSRVNOTEXIST|NOT alive|not alive|"up": false|"alive": false|"rollback_needed": true'
  text=$(<"$SAID")
  [[ $3 == help || ! $text =~ $lies ]] || return 1
  [[ $1 == ok || $1 == same || ! $text =~ RNDWNSUC|Rollback\ successful ]] || return 1
  [[ $* != *-status* || $text == *'"up": true'* ]] || return 1
  case $1 in
    ok | same) [[ $STATUS -eq 0 ]] ;;
    unseen) [[ $STATUS -eq 77 && $text == *GTM-E-HWUNSEEN,* ]] ;;
    [0-9]*) [[ $STATUS -eq $1 && -n $text ]] ;;
    *) [[ $STATUS -ne 0 && $STATUS -ne 77 && $text =~ %(GTM|GDE)-[A-Z]-$1, ]] ;;
  esac
}
# ASKED: what has been asked since FILES was taken, none of which may have changed anything.
ASKED=()
# nothing_has_changed: looks, and forgets what was asked.
nothing_has_changed() {
  local now pid
  for pid in "${servers[@]}"; do ! gone "$pid" || fail "a server has ended, after one of:"$'\n'"$(printf '%s\n' "${ASKED[@]}")"; done
  [[ ${#ASKED[@]} -gt 0 ]] || return 0
  now=$(files)
  [[ $now == "$FILES" ]] ||
    wrong+=$'\n'"files have changed, by one of:"$'\n'"$(printf '%s\n' "${ASKED[@]}"; diff <(echo "$FILES") <(echo "$now"))"
  ASKED=()
}
# question COLUMN SITE ANSWER COMMAND
question() {
  local words from line=$4
  line=${line//@/$FOLDER/$2} line=${line//+\//$FOLDER/question/}
  line=${line/PORT/${PORT[B]}} line=${line/FREE/${PORT[FREE]}} line=${line/PROCESS/$PROCESS}
  line=${line/INCREMENT/$FOLDER/increment-$2} line=${line/LOADED/$FOLDER/loaded}
  line=${line/STATEMENTS/$FOLDER/statements} line=${line/LOST/$FOLDER/lost}
  [[ $4 != *gde\ @* ]] || line=${line/gde $FOLDER\/$2/gde @}
  read -ra words <<<"$line"
  read -ra from <<<"${FROM[$1]/@/$2}"
  if [[ $line == *"$FOLDER/question/"* ]]; then
    rm -rf "$FOLDER/question"
    mkdir -m 777 "$FOLDER/question"
    cp "$FOLDER/A/gtm.gld" "$FOLDER/question/own.gld"
    echo verify >"$FOLDER/question/commands.gde"
    chmod 666 "$FOLDER/question/own.gld" "$FOLDER/question/commands.gde"
  fi
  if [[ $3 == ok || ${#ASKED[@]} -ge 12 ]]; then nothing_has_changed; fi
  if [[ $3 != ok ]]; then
    [[ ${#ASKED[@]} -gt 0 ]] || FILES=$(files)
    ASKED+=("$1, $2: $4")
  fi
  as "${from[@]}" "${words[@]}"
  is_due "$3" "${words[@]}" ||
    wrong+=$'\n'"$1, $2: not $3: $4"$'\n'"status $STATUS: $(head -c 600 "$SAID")"
}

set -f # Commands have stars.
for column in user ipc pid both; do
  step "from elsewhere: $column"
  said_before=$(instances_say)
  # shellcheck disable=SC2034 # One of them is the answer.
  while IFS='|' read -r sites user ipc pid both command; do
    [[ $sites != "AB " || $command != " command" ]] || continue
    [[ $sites != ---* ]] || continue
    answer=${!column}
    for site in A B; do [[ $sites != *$site* ]] || question "$column" $site "${answer// }" "${command# }"; done
  done < <(table)
  nothing_has_changed
  can gtm A mupip replicate -source -checkhealth
  can gtm B mupip replicate -source -checkhealth
  can gtm B mupip replicate -receiver -checkhealth
  can gtm A gbl set '^a(5)' "$column"
  set +f
  expect_equal A B
  check_everything
  set -f
  [[ $column == pid || $(instances_say) == "$said_before" ]] || fail "$column: other instance files"
done
set +f
[[ -z $wrong ]] || fail "wrong answers:$wrong"
kill $PROCESS 2>/dev/null
wait $PROCESS 2>/dev/null

step "two containers whose processes have the same number"
printf '%s\n' 'write ^a(1),!' 'hang 600' >"$FOLDER/statements"
(
  environment_of A
  cd "$FOLDER/A" && exec unshare --pid --fork --kill-child --mount-proc gbl run "$FOLDER/statements"
) >"$FOLDER/first" 2>&1 &
FIRST=$!
within "$DEADLINE_S" "the first one reads" grep -qx 1 "$FOLDER/first"
for command in "gbl get ^a(1)" "gbl set ^a(6) 6"; do
  read -ra words <<<"$command"
  as root A unshare --pid --fork --mount-proc "${words[@]}"
  is_due unseen "${words[@]}" || fail "$command: $(cat "$SAID")"
  said 'process 1 of another PID name space'
done
can root A unshare --pid --fork --mount-proc bash -c "gbl set '^a(6)' 6 && gbl get '^a(6)'; true"
kill -KILL $FIRST
wait $FIRST 2>/dev/null
has_its_place() {
  as root A unshare --pid --fork --mount-proc gbl set '^a(6)' 7
  [[ $STATUS -eq 0 ]]
}
within "$DEADLINE_S" "its number is free again" has_its_place
expect_equal A B

for id in $(ipcs -m | awk '$3 == 20001 && $6 == 0 { print $2 }'); do fail "memory that nobody uses: $id"; done
