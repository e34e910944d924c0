# shellcheck shell=bash
# mupip backup of a live site, and of one that is down: what it writes, what it refuses, and what a restored copy is.
only_headwater "the copies are databases of our own"
instance A B
root A
standby A B
update A 60

# restored FOLDER: the folder's copies become instance R's databases.
restored() {
  rm -rf "${FOLDER:?}/R"
  mkdir "$FOLDER/R"
  global_directory R
  cp "$FOLDER/$1"/*.dat "$FOLDER/R/"
}
# holds FOLDER FILE...: these files, and no other, whole or not.
holds() {
  local folder=$1
  shift
  diff <(printf '%s\n' "$@") <(find "$FOLDER/$folder" -type f -printf '%f\n' | sort) >"$FOLDER/held" || fail "in $folder: $(cat "$FOLDER/held")"
}
nothing() { [[ -z $(find "$FOLDER/$1" -type f) ]] || fail "left in $1: $(find "$FOLDER/$1" -type f)"; }

step "all regions and the instance file, at one seqno" # Shows: 9.point 9.directory breaks.30
mkdir "$FOLDER"/{full,part,none,other}
on A mupip backup -replinstance="$FOLDER/full" '*' "$FOLDER/full"
said "%GTM-I-BACKUPREPL, Replication Instance file @/A/gtm.repl backed up in file @/full/gtm.repl"
said "%GTM-I-BACKUPSEQNO, Journal Seqnos up to 0x000000000000003D are backed up"
said "%GTM-I-FILERENAME, File @/A/gtm.mjl is renamed to @/A/gtm.mjl_"
said "%GTM-I-BACKUPDBFILE, DB file @/A/gtm.dat backed up in file @/full/gtm.dat"
said "%GTM-I-BACKUPDBFILE, DB file @/A/x.dat backed up in file @/full/x.dat"
said "%GTM-I-BACKUPSUCCESS, Backup completed successfully"
holds full gtm.dat gtm.repl x.dat
wanted=$(digest A)
check_everything
power_loss A
[[ $(digest A) == "$wanted" ]] || fail "A is not what it was"
on A mupip replicate -editinstance -show "$FOLDER/full/gtm.repl"
said "HDR Journal Sequence Number                             61 [0x000000000000003D]"
said "HDR Crash                                            FALSE"
said "HDR Journal Pool Shm Id                            INVALID"

step "the copy is what A was, whatever A does then"
update A 30
restored full
[[ $(digest R) == "$wanted" ]] || fail "the copy is not what A was"

step "copied over a database that was not closed: the copy counts, not what recovery makes of the old one"
mkdir "$FOLDER/V"
global_directory V
on V mupip create
on V mupip set -journal=enable,on,before_images -region '*'
echo 'set ^a("old")=2 set ^x("old")=2' | quietly V env HW_FAIL=CommitAppliedNotPublished:kill gbl run - >"$FOLDER/killed" 2>&1
[[ $? -eq 137 ]] || fail "not killed: $(cat "$FOLDER/killed")"
cp "$FOLDER"/full/*.dat "$FOLDER/V/"
export HW_BOOT_ID=after-a-power-loss
[[ $(digest V) == "$wanted" ]] || fail "the old database came back over the copy"
unset HW_BOOT_ID
echo 'set ^a("new")=1' | quietly V gbl run - || fail "the copy takes no update"

step "one region, a file; a list of files; -replace" # Shows: 9.file
on A mupip backup -nonewjnlfiles DEFAULT "$FOLDER/part/one"
[[ -f $FOLDER/part/one ]] || fail "no copy"
on A mupip backup -nonewjnlfiles XREG,DEFAULT "$FOLDER/part/x,$FOLDER/part/d"
said "DB file @/A/x.dat backed up in file @/part/x"
on A mupip backup -nonewjnlfiles -replace DEFAULT "$FOLDER/part/one"

step "through a command"
on A mupip backup -nonewjnlfiles DEFAULT "| cat > $FOLDER/part/piped"
on A mupip backup -nonewjnlfiles DEFAULT "$FOLDER/part/beside"
[[ $(stat -c %s "$FOLDER/part/piped") == "$(stat -c %s "$FOLDER/part/beside")" ]] || fail "the command got another copy"
expect_message A 10 "HWBACKUPPIPE, Command  exit 3 that takes a backup ended with status 3" \
  mupip backup -nonewjnlfiles DEFAULT "| exit 3"
[[ -z $(find "$FOLDER/A" -name '*unfinished') ]] || fail "a temporary copy is left"

step "the instance file alone" # Shows: 9.instance-alone
on A mupip backup -replinstance="$FOLDER/other/inst.bak"
expect_message A 130 "%GTM-E-FILEEXISTS, File @/other/inst.bak already exists" \
  mupip backup -replinstance="$FOLDER/other/inst.bak"
said "%GTM-E-BACKUPFAIL, MUPIP cannot start backup with the above errors"
on A mupip backup -replinstance="$FOLDER/other/inst.bak" -replace
expect_message A 250 "ONLINE cannot be specified without specifying a backup region" \
  mupip backup -online -replinstance="$FOLDER/none"
nothing none

step "what is refused, and leaves nothing" # Shows: 9.refused
expect_message A 130 "%GTM-E-FILEEXISTS, File @/full/gtm.dat already exists" mupip backup '*' "$FOLDER/full"
said "%GTM-E-FILEEXISTS, File @/full/x.dat already exists"
expect_message A 130 "%GTM-E-NOREGION, REGION not found: NOSUCH" mupip backup NOSUCH "$FOLDER/none"
expect_message A 130 "%GTM-E-MUSELFBKUP, Database file @/A/gtm.dat can not be backed upon itself" \
  mupip backup DEFAULT "$FOLDER/A/gtm.dat"
expect_message A 130 "Cannot backup database regions DEFAULT and XREG to the same destination file @/none/z" \
  mupip backup DEFAULT,XREG "$FOLDER/none/z,$FOLDER/none/z"
expect_message A 130 "HWBACKUPDEST, Regions DEFAULT,XREG need a destination each" mupip backup '*' "$FOLDER/none/z"
expect_message A 130 "%GTM-E-DIRACCESS, Do not have full access to directory for temporary files: @/nodir/" \
  mupip backup DEFAULT "$FOLDER/nodir/z"
nothing none
on A mupip backup -nonewjnlfiles DEFAULT,DEFAULT "$FOLDER/none"
holds none gtm.dat

step "killed half-way: no file has its final name, and the next one is not in its way" # Shows: 9.killed
rm -r "$FOLDER/none" && mkdir "$FOLDER/none"
attempt A env HW_FAIL=BackupCopied:kill mupip backup -nonewjnlfiles '*' "$FOLDER/none"
[[ $STATUS -eq 137 ]] || fail "the place was not passed: $STATUS"
[[ -z $(find "$FOLDER/none" -type f ! -name '*-unfinished') ]] || fail "a file has its final name"
update A 10
on A mupip backup -nonewjnlfiles '*' "$FOLDER/none"
holds none gtm.dat x.dat
check_everything
power_loss A

step "of a site that is down"
take_down A
mkdir "$FOLDER/down"
on A mupip backup -replinstance="$FOLDER/down" '*' "$FOLDER/down"
wanted=$(digest A)
restored down
[[ $(digest R) == "$wanted" ]] || fail "the copy is not what A is"

step "a restored copy is a database of its own: it never touches the original's journals" # Shows: breaks.31
before=$(cat "$FOLDER"/A/*.mjl* | sha256sum)
echo 'set ^a("R")=1,^x("R")=2' | quietly R gbl run - || fail "the copy takes no update"
on R mupip set -replication=on -journal=enable,on,before_images -region '*'
said "%GTM-I-JNLCREATE, Journal file @/R/gtm.mjl created for region DEFAULT with BEFORE_IMAGES"
[[ $(cat "$FOLDER"/A/*.mjl* | sha256sum) == "$before" ]] || fail "the copy wrote to A's journals"
expect_message R 10 "%GTM-E-FILEEXISTS, File @/A/gtm.mjl already exists" \
  mupip set -journal=on,before,file="$FOLDER/A/gtm.mjl" -region DEFAULT
