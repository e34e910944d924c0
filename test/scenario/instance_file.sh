# shellcheck shell=bash
# The replication instance file: how it is made, and what every command says when it is missing, damaged or not the right one.
instance A
create="mupip replicate -instance_create"
start="mupip replicate -source -start -passive -instsecondary=B -log=$FOLDER/A/source-B.log -rootprimary"

step "its name" # Shows: 3.create.name 3.create.length 11.REPLINSTNMUNDEF 11.REPLINSTNMLEN
expect_message A 98 "%GTM-E-REPLINSTNMUNDEF, Replication instance name not defined" $create
expect_message A 106 "%GTM-E-REPLINSTNMLEN, Replication instance name ABCDEFGHIJKLMNOP should be 1 to 15 characters long" \
  $create -name=ABCDEFGHIJKLMNOP
expect_message A 106 "%GTM-E-REPLINSTNMLEN, Replication instance name  should be 1 to 15 characters long" \
  env gtm_repl_instname= $create

step "a file that is there is renamed" # Shows: 3.create.rename
expect_message A 0 "%GTM-I-FILERENAME, File @/A/gtm.repl is renamed to @/A/gtm.repl_" env gtm_repl_instname=FROMENV $create
on A mupip replicate -editinstance -show "$FOLDER/A/gtm.repl"
said "FROMENV"
on A env gtm_repl_instname=FROMENV $create -name=A

step "while it is in use" # Shows: 3.create.standalone 11.REPLINSTSTNDALN
on A $start
note_source A B passive
expect_message A 162 "%GTM-E-REPLINSTSTNDALN, Could not get exclusive access to replication instance file @/A/gtm.repl" \
  $create -name=A
root A
update A 10
take_down A

step "no such folder" # Shows: 11.REPLINSTCREAT 2.io
expect_message A 122 "%GTM-E-REPLINSTCREAT" env gtm_repl_instance="$FOLDER/nowhere/gtm.repl" $create -name=A
said "%SYSTEM-E-ENO2, No such file or directory"

step "of another format" # Shows: 2.format 11.REPLINSTFMT
cp A/gtm.repl good.repl
printf 'GDSRPLUNX01' | dd of=A/gtm.repl conv=notrunc status=none
printf 'GDSRPLUNX01' | dd of=A/gtm.repl conv=notrunc status=none bs=1 seek=1024
expect_message A 186 "%GTM-E-REPLINSTFMT, Format error encountered while reading replication instance file @/A/gtm.repl. Expected" \
  $start
said "Found GDSRPLUN"
expect_message A 186 "%GTM-E-REPLINSTFMT" mupip replicate -editinstance -show "$FOLDER/A/gtm.repl" # Shows: 3.edit.nofile

step "too short" # Shows: 11.REPLINSTREAD 2.io
printf 'GDSR' >A/gtm.repl
expect_message A 74 "%GTM-E-REPLINSTREAD, Error reading [0x" mupip replicate -editinstance -show "$FOLDER/A/gtm.repl"

step "missing" # Shows: 2.missing 11.FILENOTFND
rm A/gtm.repl
expect_message A "$MISSING_STATUS" "$MISSING_INSTANCE_FILE" $start
expect_message A "${EDIT_MISSING%% *}" "${EDIT_MISSING#* }" mupip replicate -editinstance -show "$FOLDER/A/gtm.repl"

step "older than the databases" # Shows: 2.dbmatch.start 11.REPLINSTDBMATCH 3.start.failed breaks.4
cp good.repl A/gtm.repl
on A $start
note_source A B passive
update A 10
take_down A
cp good.repl A/gtm.repl
attempt A $start
[[ $STATUS -ne 0 ]] || fail "started with an old instance file"
expect_log A source-B "%GTM-E-REPLINSTDBMATCH, Replication instance file @/A/gtm.repl has seqno [0x000000000000000B] while database has a different seqno [0x0000000000000015]"
why="the instance file is of an earlier moment than the databases"
leaves_damage A integ "its seqno 21 is higher than that of instance file @/A/gtm.repl, 11" "$why"
leaves_damage A start "%GTM-E-REPLINSTDBMATCH" "$why"
leaves_damage A rollback "%GTM-E-REPLINSTDBMATCH" "$why"
