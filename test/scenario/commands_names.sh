# shellcheck shell=bash
# Whom a command of -source is about: a name from the qualifier, from the environment, or everybody; and what it answers when
# nobody has the name, or nobody serves it.
instance A
choose_port X
source="mupip replicate -source"
activate="-activate -secondary=127.0.0.1:$(port X) -log=$FOLDER/A/source-X.log -rootprimary"
start="-start -passive -log=$FOLDER/A/source-X.log -rootprimary"
needed=("$activate" "-deactivate -rootprimary" -stopsourcefilter "-changelog -log_interval=7" -statslog=on -needrestart)
optional=(-checkhealth -showbacklog "-shutdown -timeout=0")
slots() { quietly A mupip replicate -editinstance -show "$FOLDER/A/gtm.repl" 2>&1 | sed -n 's/.*Secondary Instance Name *//p' | tr '\n' ' '; }
root A
feed A X

step "no name where one is needed" # Shows: 3.sec.needed 11.REPLINSTSECUNDF
# shellcheck disable=SC2086
for action in "$start" "${needed[@]}"; do
  expect_message A 250 "%GTM-E-REPLINSTSECUNDF, Secondary replication instance name not defined" $source $action
  said "%GTM-E-MUPCLIERR, Action not taken due to CLI errors"
done

step "a name of bad length" # Shows: 3.sec.length 11.REPLINSTSECLEN
# shellcheck disable=SC2086
for action in "$start" "${needed[@]}" "${optional[@]}"; do
  for way in "-instsecondary=ABCDEFGHIJKLMNOP" ""; do
    expect_message A 250 "%GTM-E-REPLINSTSECLEN, Secondary replication instance name ABCDEFGHIJKLMNOP should be 1 to 15 characters long" \
      env gtm_repl_instsecondary=ABCDEFGHIJKLMNOP $source $action $way
  done
  said "%GTM-E-MUPCLIERR, Action not taken due to CLI errors"
done
expect_message A 250 "%GTM-E-REPLINSTSECLEN, Secondary replication instance name  should be 1 to 15 characters long" \
  env gtm_repl_instsecondary= mupip replicate -source -checkhealth

step "the instance's own name" # Shows: 3.sec.same 3.needrestart.same 11.REPLINSTNMSAME
# shellcheck disable=SC2086
for action in "$start" "${needed[@]}" "${optional[@]}"; do
  expect_message A 90 "%GTM-E-REPLINSTNMSAME, Primary and Secondary instances have the same replication instance name A" \
    $source $action -instsecondary=A
done

step "a name that has no slot, and gets none" # Shows: 3.sec.none 4.decided.slot 4.decided.readonly 11.REPLINSTSECNONE breaks.9 breaks.10
# shellcheck disable=SC2086
for action in "${needed[@]}" "${optional[@]}"; do
  if [[ $action == -needrestart ]]; then
    on A $source $action -instsecondary=NOBODY
  else
    expect_message A 138 "%GTM-E-REPLINSTSECNONE, No information found for secondary instance NOBODY in instance file @/A/gtm.repl" \
      $source $action -instsecondary=NOBODY
  fi
done
[[ $(slots) == "X " ]] || fail "slots of A: $(slots)"

step "from the environment, unless a qualifier says otherwise" # Shows: 3.sec.environment
standby A Y
on A env gtm_repl_instsecondary=Y mupip replicate -source -checkhealth
said_times 1 "for secondary instance name [Y]"
said_times 0 "for secondary instance name [X]"
on A env gtm_repl_instsecondary=Y mupip replicate -source -needrestart
said "for secondary instance [Y]"
on A env gtm_repl_instsecondary=Y mupip replicate -source -checkhealth -instsecondary=X
said_times 1 "for secondary instance name [X]"
said_times 0 "for secondary instance name [Y]"
on A env gtm_repl_instsecondary=Y mupip replicate -source -shutdown -timeout=0
said "for secondary instance [Y]"
expect_alive A source X

step "a name whose server is down" # Shows: 3.activate.dead 3.deactivate.dead 3.dead 3.health.status 11.SRCSRVNOTEXIST breaks.10
# shellcheck disable=SC2086
for action in "${needed[@]}" "-shutdown -timeout=0"; do
  if [[ $action == -needrestart ]]; then
    on A $source $action -instsecondary=Y
    said "Initiating NEEDRESTART operation on source server pid [0] for secondary instance [Y]"
  else
    expect_message A 202 "%GTM-E-SRCSRVNOTEXIST, Source server for secondary instance Y is not alive" $source $action -instsecondary=Y
  fi
done
expect_message A 1 "PID 0 Source server is NOT alive" mupip replicate -source -checkhealth -instsecondary=Y
said "%GTM-E-SRCSRVNOTEXIST, Source server for secondary instance Y is not alive"
on A mupip replicate -source -checkhealth
said "Source server is alive in ACTIVE mode"
said_times 0 "[Y]"

step "its backlog is told all the same" # Shows: 3.backlog.dead 4.decided.backlog
update A 12
on A mupip replicate -source -showbacklog -instsecondary=Y
said "Initiating SHOWBACKLOG operation on source server pid [0] for secondary instance [Y]"
said "%GTM-I-LASTTRANS, Last transaction sequence number posted         : 12"
said "%GTM-I-SRCBACKLOGSTATUS, Instance Y has not acknowledged 12 transaction(s)"
said "%GTM-W-SRCSRVNOTEXIST, Source server for secondary instance Y is not alive"

step "a name whose server was killed" # Shows: 3.health.status 3.dead breaks.10
killed=$(source_pid A X)
kill9 A source X
# shellcheck disable=SC2086
for action in "$activate" "-deactivate -rootprimary" -stopsourcefilter "-changelog -log_interval=7" -statslog=on; do
  expect_message A 202 "%GTM-E-SRCSRVNOTEXIST, Source server for secondary instance X is not alive" $source $action -instsecondary=X
done
expect_message A 1 "PID $killed Source server is NOT alive" mupip replicate -source -checkhealth
on A mupip replicate -source -showbacklog -instsecondary=X
said "%GTM-W-SRCSRVNOTEXIST, Source server for secondary instance X is not alive"

step "no name where none is needed: everybody" # Shows: 3.sec.all
feed A X
standby A Y
for action in -checkhealth -showbacklog; do
  on A mupip replicate -source $action
  said "[X]"
  said "[Y]"
done
said "WARNING - Source Server is in passive mode, transactions are not being replicated"
on A mupip replicate -source -shutdown -timeout=0
said "for secondary instance [X]"
said "for secondary instance [Y]"
said "Journal pool shared memory removed"
forget_servers A
