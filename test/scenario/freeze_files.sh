# shellcheck shell=bash
# A frozen region's files: what they hold does not change, whoever closes them, and they can be copied; a freeze outlives all
# processes, and whoever has not made it releases it with -override only.
only_headwater "it needs backup, integ and dse to work on frozen files"
instance A B
root A
link A B
update A 20
expect_equal A B

# files SITE: what the site's database files are.
files() { (cd "$FOLDER/$1" && sha256sum gtm.dat x.dat); }

step "everything stands in the file, and closing does not touch it"
update A 10
on A mupip freeze -on '*'
frozen=$(files A)
on A mupip backup -nonewjnlfiles DEFAULT "$FOLDER/copy"
on A mupip integ -region '*'
on A dse dump -fileheader -all
said "FROZEN BY USER $(id -u)"
expect_message A 130 "%GTM-E-HWFROZEN" mupip extend DEFAULT -blocks=10
take_down A
[[ $(files A) == "$frozen" ]] || fail "a frozen file was changed"
mkdir "$FOLDER/R"
global_directory R
cp "$FOLDER"/A/*.dat "$FOLDER/R/"
wanted=$(digest A)
[[ $(digest R) == "$wanted" ]] || fail "a copy of the frozen files is not what A is"
on R mupip set -replication=off -journal=disable -region '*'
echo 'set ^a("copy")=1' | quietly R timeout 20 gbl run - || fail "a copy of a frozen file is frozen"
[[ $(files A) == "$frozen" ]] || fail "a frozen file was changed"

step "it outlives all processes; a transaction over both kinds waits; dse releases"
feed A B
(echo 'tstart  set ^a("both")=1,^x("both")=1 tcommit' | quietly A gbl run - >"$FOLDER/waited" 2>&1; echo "status $?" >>"$FOLDER/waited") &
waiter=$!
extract A | grep -q '"both"' && fail "a frozen region was changed"
[[ -d /proc/$waiter ]] || fail "the transaction did not wait: $(cat "$FOLDER/waited")"
on A dse change -fileheader -freeze=false
said "Region DEFAULT is now UNFROZEN"
extract A | grep -q '"both"' && fail "a part of a transaction was made"
[[ -d /proc/$waiter ]] || fail "the transaction did not wait: $(cat "$FOLDER/waited")"
on A dse all -nofreeze
wait "$waiter"
grep -qx "status 0" "$FOLDER/waited" || fail "the transaction that had waited: $(cat "$FOLDER/waited")"
on A dse all -freeze
said "Region XREG is now FROZEN"
if [[ $(id -u) -eq 0 ]] && chmod -R a+rwX "$FOLDER" 2>/dev/null; then
  nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  expect_message A 10 "%GTM-E-FREEZEERR, Error while trying to unfreeze region DEFAULT" "${nobody[@]}" mupip freeze -off '*'
  said "Region: XREG is frozen by another user, not releasing freeze"
  on A "${nobody[@]}" mupip freeze -off -override '*'
else
  on A mupip freeze -off '*'
fi
expect_message A 26 "%GTM-E-HWREFUSED" mupip freeze -on -online DEFAULT
