# shellcheck shell=bash
# Where a backup, an extract or a restore cannot go: every case names the thing, leaves nothing under its final name, and
# ends with a status that is not 0.
only_headwater "the messages are our own"
instance A
root A
standby A B
update A 30
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "set ^fill(%d)=\"%03000d\"\n", i, i }' >"$FOLDER/fill"
quietly A gbl run "$FOLDER/fill" || fail "no data"

nothing() { [[ -z $(find "$FOLDER/$1" -type f ! -name '*-unfinished') ]] || fail "left in $1: $(find "$FOLDER/$1" -type f)"; }

step "what cannot be a destination" # Shows: 9.refused
mkdir "$FOLDER/none"
expect_message A 130 "%GTM-E-NOREGION, REGION not found: NOSUCH" mupip backup DEFAULT,NOSUCH "$FOLDER/none"
expect_message A 130 "%GTM-E-FILEEXISTS, File @/fill already exists" mupip backup DEFAULT "$FOLDER/fill"
expect_message A 250 "NEWJNLFILES=NOPREVLINK cannot be done while the database is in use" \
  mupip backup -newjnlfiles=noprevlink '*' "$FOLDER/none"
expect_message A 130 "%GTM-E-EXTRFILEXISTS" mupip extract -format=binary "$FOLDER/fill"
nothing none
if [[ $(id -u) -eq 0 ]]; then
  # One who may read the databases and not write there.
  chmod -R a+rwX "$FOLDER/A"
  chmod a+rx "$FOLDER" && chmod 755 "$FOLDER/none"
  expect_message A 130 "%GTM-E-DIRACCESS, Do not have full access to directory for temporary files: @/none/" \
    setpriv --reuid=65534 --regid=65534 --clear-groups mupip backup DEFAULT "$FOLDER/none"
  nothing none
fi

step "another file system, which is full" # Shows: 9.refused
if own_space && mkdir "$FOLDER/small" && mount -t tmpfs -o size=4m scenario "$FOLDER/small" 2>/dev/null; then
  expect_message A 10 "No space left on device" mupip backup DEFAULT "$FOLDER/small"
  said "@/small/gtm.dat"
  nothing small
  expect_message A 10 "No space left on device" mupip backup -bytestream -since=database DEFAULT "$FOLDER/small/increment"
  nothing small
  attempt A mupip extract -format=binary "$FOLDER/small/extracted"
  [[ $STATUS -ne 0 ]] || fail "an extract of 9 MB was written to 4 MB"
  said "@/small/extracted"
  nothing small
  umount -l "$FOLDER/small"
  mount -t tmpfs -o size=400m scenario "$FOLDER/small" || fail "no second file system"
  on A mupip backup '*' "$FOLDER/small"
  on A mupip integ -file "$FOLDER/small/gtm.dat"
  umount -l "$FOLDER/small"
else
  echo "not shown: no file system can be mounted here"
fi

step "a binary extract that is not whole, and one that is"
on A mupip extract -format=binary "$FOLDER/A/whole"
head -c 3000000 "$FOLDER/A/whole" >"$FOLDER/A/cut"
mkdir "$FOLDER/R"
global_directory R
on R mupip create
expect_message R 122 "%GTM-E-HWEXTRBIN, Binary extract is damaged at offset 0x" mupip load "$FOLDER/A/cut"
on R mupip load -format=binary "$FOLDER/A/whole"
[[ $(digest R) == "$(digest A)" ]] || fail "what was loaded is not what was extracted"
