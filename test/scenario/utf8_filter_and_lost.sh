# shellcheck shell=bash
# In UTF-8 mode: what a filter reads and writes, what a rollback keeps as lost, and how it is applied again, also by a site in
# M mode. The pieces of text that GT.M has too are checked by utf8.sh and by unit tests.
only_headwater "gbl apply-lost has no counterpart, and GT.M waits a minute for a silent filter"
CHARSET[A]=UTF-8
instance A B C
root A
has() { grep -qF -- "$2" "$1" || fail "no $2 in $1: $(cat "$1")"; }
say() { quietly "$1" "${STATEMENTS[@]}" >"$SAID" 2>&1 && [[ ! -s $SAID ]] || fail "statements on $1: $(cat "$SAID")"; }

step "a filter of a site in UTF-8 mode reads characters, and answers with them" # Shows: utf8.filter
cat >"$FOLDER/filter.sh" <<'E2'
while IFS= read -r line; do
  printf '%s\n' "$line" >>"${0%/*}/filtered"
  line=${line/'="é'/'="è'}
  line=${line/'=$C(8232)'/'=$C(8233)'}
  printf '%s\n' "${line/'=$ZCH(255)'/'=$ZCH(254)'}"
done
E2
link A B "-filter=\"bash $FOLDER/filter.sh\""
say A <<'E2'
set ^a(1)="é",^a(2)=$C(8232)_"x",^a(3)=$ZCH(255)_"x",^a("€")=$C(10)
E2
in_step A B
has "$FOLDER/filtered" '\^a(1)="é"'
has "$FOLDER/filtered" '\^a(2)=$C(8232)_"x"'
has "$FOLDER/filtered" '\^a(3)=$ZCH(255)_"x"'
has "$FOLDER/filtered" '\^a("€")=$C(10)'
on B env gtm_chset=UTF-8 gbl zwrite '^a'
said '^a(1)="è"'
said '^a(2)=$C(8233)_"x"'
said '^a(3)=$ZCH(254)_"x"'

step "lost transactions are written in the mode of the rollback" # Shows: utf8.lost
unfeed A B
feed A B
link B C
update A 5
in_step A B C
freeze A source B
say A <<'E2'
set ^a("lost","é")="naïve €"
set ^a("lost",$ZCH(200))=$C(8232)_$ZCH(255)
tstart ():(serial:transaction="BATCH") set ^a("lost","t")="ü",^x("lost","t")="ü" tcommit
E2
crash A
promote B A
update B 20
attempt A mupip rundown -region '*'
on A mupip journal -rollback -backward -fetchresync="$(port A)" -losttrans="$FOLDER/lost.glo" '*'
[[ $(head -n 1 "$FOLDER/lost.glo") == "GDSJEX07 ROLLBACK PRIMARY A UTF-8" ]] || fail "first line: $(head -n 1 "$FOLDER/lost.glo")"
has "$FOLDER/lost.glo" '\^a("lost","é")="naïve €"'
has "$FOLDER/lost.glo" '\^a("lost",$ZCH(200))=$C(8232)_$ZCH(255)'

step "a site in M mode applies them: the file says how it is to be read"
on B gbl apply-lost "$FOLDER/lost.glo"
said "3 transactions of A applied, 0 in conflict"
on B env gtm_chset=UTF-8 gbl zwrite '^a("lost",*)'
said '^a("lost","é")="naïve €"'
said '^a("lost",$ZCH(200))=$C(8232)_$ZCH(255)'
standby A B
receiver A
in_step B A C
check_everything

step "statements: characters, bytes, and what is neither" # Shows: utf8.statements
on A gbl get '^a("lost",$C(233))'
said "naïve €"
on B gbl get '^a("lost",$ZCH(195,169))'
said "naïve €"
expect_message A 1 "%GTM-E-INVDLRCVAL, Invalid \$CHAR() value 55296" gbl get '^a($C(55296))'
expect_message A 1 "%GTM-E-BADCHAR, \$ZCHAR(255) is not a valid character in the UTF-8 encoding form" gbl get "^a(\"$(printf '\377')\")"
