# shellcheck shell=bash
# commands.sh -- every command of mupip, dse, gbl and gde, on sites where each of them ends well: the table for scenarios that walk them
# all. A is the root of B; C is no instance; D is made of A by a refresh, and is down when it is not.

# command_sites: makes them.
command_sites() {
  local site region i
  mkdir "$FOLDER/C" "$FOLDER/D"
  for site in C D; do global_directory $site; done
  on C mupip create
  on C mupip set -journal=enable,on,before -region '*'
  on C mupip backup -newjnlfiles DEFAULT before.dat
  on C gbl set '^y(1)' 1
  cp "$FOLDER/C/gtm.mjl" "$FOLDER/C/kept.mjl"
  instance A B
  root A
  standby A B
  for i in {1..20}; do echo "set ^y($i)=$i"; done | quietly A gbl
  take_down A
  on A mupip journal -rollback -backward -resync=15 -losttrans=lost '*'
  sed -i '1s/SECONDARY/PRIMARY/' "$FOLDER/A/lost"  # As one whom somebody else took over from.
  for region in DEFAULT XREG; do  # And as one that took over.
    printf 'find -region=%s\nchange -fileheader -zqgblmod_seqno=FFFF -zqgblmod_tn=1\n' $region | quietly A dse >"$SAID" 2>&1 || fail "$(cat "$SAID")"
  done
  choose_port refresh
  link A B -refreshport="${PORT[refresh]}"
  for site in A C; do on "$site" mupip extract extract.zwr; done
  on A mupip backup DEFAULT copy.dat
  on A mupip backup -bytestream DEFAULT increment
  on A mupip journal -extract=other.mjf -forward gtm.mjl
  echo 'write ^y(1)' >"$FOLDER/A/statements"
  echo 'show -map' >"$FOLDER/A/commands.com"
}

# command_table: COMMANDS, one a row, as
# SITE|COMMAND#BEFORE: words of a shell; BEFORE makes room for the command to be run once more.
command_table() {
  local SHUT ACTIVATE DEACTIVATE UNTIL UNTIL_PASSIVE UNTIL_ACTIVE PASSIVE UPDATE_STOP UPDATE_START RECEIVER NO_INSTANCE REFRESH
  SHUT='mupip replicate -source -shutdown -timeout=0'
  ACTIVATE='mupip replicate -source -activate -instsecondary=A -secondary=127.0.0.1:1 -propagateprimary'
  DEACTIVATE='mupip replicate -source -deactivate -instsecondary=A'
  UNTIL='; until mupip replicate -source -checkhealth -instsecondary=A 2>&1 | grep -q'  # A mode is changed by and by.
  UNTIL_PASSIVE="$UNTIL PASSIVE; do :; done" UNTIL_ACTIVE="$UNTIL ACTIVE; do :; done"
  PASSIVE='mupip replicate -source -start -passive -instsecondary=Z -log=z.log -rootprimary'
  UPDATE_STOP='mupip replicate -receiver -shutdown -updateonly -timeout=0' UPDATE_START='mupip replicate -receiver -start -updateonly'
  RECEIVER="mupip replicate -receiver -start -listenport=${PORT[B]} -log=receiver.log -buffsize=$POOL_BYTES"
  NO_INSTANCE="$SHUT; mupip rundown -region '*'; rm -f gtm.dat* x.dat* gtm.repl* *.mjl*"
  REFRESH="mupip replicate -refresh -from=127.0.0.1:${PORT[refresh]} -name=D -log=d.log -buffsize=$POOL_BYTES"
  COMMANDS=(
    "A|gbl get '^y(1)'" "A|gbl data ^y" "A|gbl order '^y(1)'" "A|gbl query '^y'" "A|gbl zwrite ^y" "A|gbl incr ^count"
    "A|gbl zqgblmod ^y" "A|gbl run statements" "A|gbl run - <statements" "A|gbl <statements" "A|gbl -help" "A|gbl -version"
    "A|gbl set ^a 1" "A|gbl kill ^a" "A|gbl zkill ^a" "A|gbl apply-lost lost"
    "A|gde show -all" "A|gde show -map" "A|gde show -name" "A|gde show -region" "A|gde show -segment" "A|gde show -commands"
    "A|gde show -template" "A|gde help" "A|gde verify -all" "A|gde <commands.com" "A|gde @commands.com" "A|gde log"
    "A|gde log -on=x.log" "A|gde setgd -file=other.gld" "A|gde exit" "A|gde quit" "A|gde show -commands -file=x.com"
    "A|env gtmgbldir=new.gld gde exit#rm -f new.gld" "C|gde add -name q* -region=XREG#gde delete -name q*"
    "C|gde delete -name q*#gde add -name q* -region=XREG" "C|gde change -region XREG -record_size=4000"
    "C|gde template -region -record_size=4000" "C|gde rename -segment XSEG YSEG#gde rename -segment YSEG XSEG"
    "C|mupip create -region=XREG#rm -f x.*"
    "A|mupip help" "A|mupip help set" "A|mupip set -help" "A|mupip version" "A|mupip </dev/null" "A|mupip <<<version"
    "A|mupip backup -replace DEFAULT copy.dat" "A|mupip backup -replace -bytestream DEFAULT increment"
    "A|mupip backup -replace -replinstance=copy.repl DEFAULT copy.dat" "A|mupip backup DEFAULT '|cat >/dev/null'"
    "A|mupip extend DEFAULT -blocks=1" "A|mupip extract -stdout" "A|mupip extract -format=go -stdout"
    "A|mupip extract -format=binary -stdout" "A|mupip extract x.zwr#rm -f x.zwr"
    "A|mupip freeze -on DEFAULT#mupip freeze -off DEFAULT" "A|mupip freeze -off DEFAULT" "A|mupip ftok gtm.dat"
    "A|mupip integ -region '*'" "A|mupip integ -region -digest '*'" "A|mupip integ -region -full '*'" "A|mupip integ -file copy.dat"
    "A|mupip journal -show -forward gtm.mjl" "A|mupip journal -verify -forward gtm.mjl"
    "A|mupip journal -extract=-stdout -forward gtm.mjl" "A|mupip journal -extract=x.mjf -forward gtm.mjl"
    "C|mupip journal -recover -forward kept.mjl#cp before.dat gtm.dat; rm -f gtm.dat-*" "C|mupip load extract.zwr" "C|mupip load -stdin <extract.zwr" "C|mupip reorg"
    "A|mupip restore copy.dat increment#mupip backup -replace DEFAULT copy.dat; mupip backup -replace -bytestream DEFAULT increment"
    "C|mupip rundown -region '*'" "A|mupip set -journal=enable,on,before -region DEFAULT" "C|mupip set -file gtm.dat -key_size=300"
    "A|mupip size" "A|mupip size -select='*'" "A|mupip stop \$(sleep 9 >/dev/null 2>&1 8>&- & echo \$!)"
    "A|mupip replicate -editinstance -show gtm.repl"
    "A|env gtm_repl_instance=new.repl mupip replicate -instance_create -name=Q#rm -f new.repl"
    "A|mupip replicate -source -status -json" "A|mupip replicate -source -showbacklog" "A|mupip replicate -source -checkhealth"
    "A|mupip replicate -source -jnlpool -show" "A|mupip replicate -source -changelog -log=s.log -instsecondary=B"
    "A|mupip replicate -source -statslog=on -instsecondary=B#mupip replicate -source -statslog=off -instsecondary=B" "A|mupip replicate -source -freeze"
    "A|mupip replicate -source -freeze=off" "A|mupip replicate -source -losttncomplete"
    "A|mupip replicate -source -needrestart -instsecondary=B" "B|$ACTIVATE#$DEACTIVATE$UNTIL_PASSIVE"
    "B|$DEACTIVATE#$ACTIVATE$UNTIL_ACTIVE"
    "A|$PASSIVE#$SHUT -instsecondary=Z" "A|$SHUT -instsecondary=Z#$PASSIVE"
    "B|mupip replicate -receiver -checkhealth" "B|mupip replicate -receiver -showbacklog"
    "B|mupip replicate -receiver -changelog -log=r.log" "B|mupip replicate -receiver -statslog=on#mupip replicate -receiver -statslog=off" "B|$UPDATE_STOP#$UPDATE_START"
    "B|$UPDATE_START#$UPDATE_STOP" "B|mupip replicate -receiver -shutdown -timeout=0#$RECEIVER"
    "B|$RECEIVER#mupip replicate -receiver -shutdown -timeout=0" "D|$REFRESH#$NO_INSTANCE"
    "A|dse help" "A|dse help dump" "A|dse version" "A|dse page" "A|dse evaluate -number=12" "A|dse </dev/null" "A|dse <<<page"
    "A|dse dump -fileheader" "A|dse dump -fileheader -all" "A|dse dump -block=3" "A|dse find -key='^y(1)'" "A|dse find -region"
    "A|dse cache -show" "A|dse all -buffer_flush" "A|dse buffer_flush" "C|dse change -fileheader -key_max_size=200"
  )
}

# expect_every_command [SITE ELSEWHERE]: COMMANDS has all that the programs say they can do, but for those names.
expect_every_command() {
  local site=${1:-A} elsewhere=${2:-} program name server
  every() { [[ ${elsewhere:-} == *" ${1##*[ -]} "* ]] || printf '%s\n' "${COMMANDS[@]}" | grep -q -e "$1\( \|=\|\"\|#\|\$\)" || fail "no row of: $1"; }
  for program in mupip dse gbl; do
    on "$site" "$program" -help
    while read -r name; do
      # These print nothing.
      [[ $name == exit || $name == quit ]] || every "$program $name"
    done < <(sed -n "s/^   \([a-z_]\+\)  *[A-Z].*/\1/p; s/^  gbl \([a-z-]\+\)  *[A-Z].*/\1/p" "$SAID" | sort -u)
  done
  for server in source receiver; do
    attempt "$site" mupip replicate -$server -log=x.log
    for name in $(sed -n 's/.*check documentation: //p' "$SAID" | head -1 | tr '[:upper:]' '[:lower:]'); do
      # There is no filter here.
      [[ $name == stop*filter ]] || every "mupip replicate -$server -$name"
    done
  done
}
