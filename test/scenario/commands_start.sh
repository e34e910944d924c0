# shellcheck shell=bash
# Every row of the table of -source -start, and what -receiver -start refuses.
instance A B
source="mupip replicate -source -start -log=$FOLDER/A/source-X.log"
choose_port X
secondary="-secondary=127.0.0.1:$(port X)"

step "no pool, propagate asked" # Shows: 3.start.creates 3.role.where 3.role.updates 11.SCNDDBNOUPD
# shellcheck disable=SC2086
on A $source -passive -instsecondary=X -propagateprimary
note_source A X passive
expect_refused A

step "updates disabled, root asked" # Shows: 3.start.notroot 11.PRIMARYNOTROOT
for qualifiers in "-passive -instsecondary=Y -rootprimary" "$secondary -instsecondary=Y" "$secondary -instsecondary=Y -updok"; do
  # shellcheck disable=SC2086 # Shows: 3.role.default 3.role.synonyms
  expect_message A 178 "%GTM-E-PRIMARYNOTROOT, Attempted operation not valid on non-root primary instance A" \
    $source $qualifiers
done
take_down A

step "no pool, root asked" # Shows: 3.start.creates 3.role.default
# shellcheck disable=SC2086
on A $source $secondary -instsecondary=X
note_source A X active
update A 1

step "updates enabled, propagate asked" # Shows: 3.start.isroot 11.PRIMARYISROOT
for qualifiers in "-passive -instsecondary=Y" "$secondary -instsecondary=Y -propagateprimary" \
  "$secondary -instsecondary=Y -updnotok"; do
  # shellcheck disable=SC2086
  expect_message A 34 "%GTM-E-PRIMARYISROOT, Attempted operation not valid on root primary instance A" $source $qualifiers
done

step "same secondary already served" # Shows: 3.start.exists 11.SRCSRVEXISTS
pid=$(source_pid A X)
# shellcheck disable=SC2086
expect_message A 194 "%GTM-E-SRCSRVEXISTS, Source server for secondary instance X is already running with pid $pid" \
  $source $secondary -instsecondary=X
# shellcheck disable=SC2086
expect_message A 194 "is already running with pid $pid" $source -passive -instsecondary=X

step "qualifiers that exclude each other" # Shows: 3.role.exclusive 3.qualifiers.bad
# shellcheck disable=SC2086
expect_message A 106 "%GTM-E-CLIERR, Missing or illegal combination of command elements - check documentation: " \
  $source $secondary -instsecondary=Y -rootprimary -propagateprimary

step "the receiver of a root" # Shows: 3.receiver.isroot 11.PRIMARYISROOT
expect_message A 34 "%GTM-E-PRIMARYISROOT, Attempted operation not valid on root primary instance A" \
  mupip replicate -receiver -start -listenport="$(port X)" -log="$FOLDER/A/receiver.log"

step "whoever was refused has no slot" # Shows: 3.start.failed 4.decided.readonly
on A mupip replicate -editinstance -show "$FOLDER/A/gtm.repl"
said_times 1 "Secondary Instance Name"
unfeed A X
[[ $(history_of A) == "A 1 1" ]] || fail "history of A: $(history_of A)"
