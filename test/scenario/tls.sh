# shellcheck shell=bash
# Replication and refreshes over TLS: a root primary with two secondaries and a tertiary. Who has no certificate of the authority,
# or one that has ended, or speaks no TLS, is turned away; certificates are replaced while all runs.
only_headwater "GT.M's TLS is a plugin that is not installed here"
command -v openssl >/dev/null || { echo "skipped: no openssl command"; exit 77; }
peer=$HARNESS/../programs/bad_peer.py
relay=$HARNESS/../programs/recording_relay.py
tls=$FOLDER/.tls
mkdir "$tls"
export gtmcrypt_config=$tls/gtmcrypt.cfg

# made COMMAND...: of openssl, which talks much.
made() { openssl "$@" >"$SAID" 2>&1 || fail "openssl $1: $(cat "$SAID")"; }
key() { made genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# authority NAME
authority() {
  key "$tls/$1.key"
  made req -x509 -new -key "$tls/$1.key" -subj "/CN=authority $1" -days 1000 -out "$tls/$1.crt"
}
# certificate NAME AUTHORITY DAYS: for -tlsid=NAME; as an administrator does it, each file under another name first.
certificate() {
  key "$tls/$1.key.new"
  made req -new -key "$tls/$1.key.new" -subj "/CN=$1" -out "$tls/$1.csr"
  made x509 -req -in "$tls/$1.csr" -CA "$tls/$2.crt" -CAkey "$tls/$2.key" -days "$3" -out "$tls/$1.crt.new"
  mv "$tls/$1.key.new" "$tls/$1.key"
  mv "$tls/$1.crt.new" "$tls/$1.crt"
}

# about A EXPRESSION: of the status of A; `to("B")` and `receiver()` are what it says of TLS.
about() {
  quietly "$1" mupip replicate -source -status -json | python3 -c '
import json, sys
status = json.load(sys.stdin)
def to(name):
    return next(slot for slot in status["slots"] if slot["secondary"] == name)["server"]["tls"]
def receiver():
    return status["receiver"]["tls"]
print(eval(sys.argv[1]))' "$2"
}
is_true_of() { [[ $(about "$@") == True ]]; }
# expect_about A EXPRESSION
expect_about() { within "$DEADLINE_S" "of $1: $2" is_true_of "$@"; }

authority ca
authority other
for name in A B C D; do certificate $name ca 365; done
certificate STRANGER other 365
certificate ENDED ca -1
{
  echo "tls: {"
  echo "  CAfile: \"$tls/ca.crt\";"
  for name in A B C D STRANGER ENDED; do
    echo "  $name: { format: \"PEM\"; cert: \"$tls/$name.crt\"; key: \"$tls/$name.key\"; };"
  done
  echo "};"
} >"$gtmcrypt_config"

instance A B C D
root A
for site in B C; do
  standby $site A
  receiver $site -tlsid=$site
  feed A $site -tlsid=A
done
standby D B
receiver D -tlsid=D
feed B D -tlsid=B

step "all over TLS, through a tertiary" # Shows: tls.link
update A 200
expect_equal A B C D
for site in B C; do expect_log A source-$site "Connection is encrypted: TLSv1.3, "; done
expect_log B source-D "Connection is encrypted: "
expect_log D receiver "Connection is encrypted: "
expect_about A 'to("B")["connection"] == "encrypted"'
expect_about A 'to("B")["certificate_days_left"] in (364, 365)'
expect_about D 'receiver()["connection"] == "encrypted"'
expect_about D 'receiver()["refused_connections"] == 0'

step "what goes by cannot be read" # Shows: tls.link
# through_relay QUALIFIERS: A feeds C through somebody who writes down what goes by, and sends a secret.
through_relay() {
  rm -f "$FOLDER/gone-by" "$FOLDER/relay.out"
  choose_port relay
  python3 "$relay" "${PORT[relay]}" "${PORT[C]}" "$FOLDER/gone-by" >"$FOLDER/relay.out" 2>&1 &
  RELAY=$!
  within "$DEADLINE_S" "the relay listens" grep -q listens "$FOLDER/relay.out"
  local port=${PORT[C]}
  PORT[C]=${PORT[relay]}
  feed A C "$@"
  PORT[C]=$port
  echo 'set ^secret="everybody can read this"' | quietly A "${STATEMENTS[@]}" || fail "no update"
  expect_equal A C
  unfeed A C
  kill "$RELAY"
  wait "$RELAY" 2>/dev/null
}
unfeed A C
through_relay -tlsid=A
if grep -qa "everybody can" "$FOLDER/gone-by"; then fail "it can be read"; fi
stop_receiver C
receiver C
through_relay
grep -qa "everybody can" "$FOLDER/gone-by" || fail "without TLS it can be read; the relay has not seen it"
expect_about C 'receiver() is None'

step "a certificate of another authority is refused, at either end" # Shows: tls.refused
stop_receiver C
receiver C -tlsid=C
feed A C -tlsid=STRANGER
update A 10
expect_log C receiver "%GTM-E-TLSHANDSHAKE, Connection to remote side using TLS/SSL protocol failed"
expect_log C receiver "unable to get local issuer certificate"
expect_log C receiver "The other side is "
expect_equal A B D
unfeed A C
stop_receiver C
receiver C -tlsid=STRANGER
feed A C -tlsid=A
expect_log A source-C "%GTM-E-TLSHANDSHAKE"
expect_log A source-C "unable to get local issuer certificate"
expect_about A 'to("C")["connection"] is None'

step "a certificate that has ended is refused; told once a minute, and counted" # Shows: tls.refused tls.refused.told
unfeed A C
stop_receiver C
receiver C -tlsid=C
told_before=$(grep -c "certificate has expired" "$FOLDER/C/receiver.log")
feed A C -tlsid=ENDED
expect_log A source-C "%GTM-W-HWCERT, Certificate of Source server ends in -"
expect_about C 'receiver()["refused_connections"] >= 3'
told=$(($(grep -c "certificate has expired" "$FOLDER/C/receiver.log") - told_before))
[[ $told -eq 1 ]] || fail "told $told times"

step "replaced by one that holds, it is let in, without a restart" # Shows: tls.files
remember A source C
remember C receiver
certificate ENDED ca 100
expect_equal A B C D
expect_same A source C
expect_same C receiver
expect_about A 'to("C")["connection"] == "encrypted"'
expect_about A 'to("C")["certificate_days_left"] in (99, 100)'

step "a certificate that ends soon is told of; files that cannot be used leave the former in force" # Shows: tls.files
certificate B ca 20
unfeed A B
feed A B -tlsid=A
expect_log B receiver "%GTM-W-HWCERT, Certificate of Receiver server ends in "
expect_about B 'receiver()["certificate_days_left"] in (19, 20)'
echo "no certificate" >"$tls/B.crt"
unfeed A B
feed A B -tlsid=A
expect_log B receiver "%GTM-W-TLSINIT"
expect_log B receiver "$tls/B.crt: "
update A 10
expect_equal A B C D
certificate B ca 365

step "who speaks no TLS is refused, at either end" # Shows: tls.plain
unfeed A C
stop_receiver C
receiver C -tlsid=C
feed A C
expect_log C receiver "%GTM-E-REPLNOTLS, Receiver server requested TLS/SSL communication but the source server was either not started"
timeout 60 python3 "$peer" connect "${PORT[C]}" http || fail "C holds the connection"
unfeed A C
stop_receiver C
receiver C
allow HWREPLPROTO # To C, without TLS, the beginning of TLS is noise.
feed A C -tlsid=A
expect_log A source-C "%GTM-E-REPLNOTLS, Source server requested TLS/SSL communication but the receiver server was either not started"
update A 10
expect_equal A B D
[[ $(seqno C) -lt $(seqno A) ]] || fail "C was fed without TLS"

step "and is let in where that is allowed" # Shows: tls.plain
unfeed A C
feed A C -tlsid=A -plaintextfallback
expect_equal A B C D
expect_log A source-C "%GTM-W-REPLNOTLS"
expect_log A source-C "Connection is not encrypted"
expect_about A 'to("C")["connection"] == "plain"'
unfeed A C
stop_receiver C
receiver C -tlsid=C -plaintextfallback
feed A C
update A 10
expect_equal A B C D
expect_log C receiver "%GTM-W-REPLNOTLS"
expect_about C 'receiver()["connection"] == "plain"'

step "it does not let in who has TLS and the wrong certificate" # Shows: tls.plain
unfeed A C
feed A C -tlsid=STRANGER -plaintextfallback
update A 10
expect_about C 'receiver()["refused_connections"] >= 1'
expect_equal A B D
[[ $(seqno C) -lt $(seqno A) ]] || fail "C was fed by a stranger"
unfeed A C
feed A C -tlsid=A
expect_equal A B C D

step "a refresh over TLS" # Shows: tls.refresh
refresh() {
  attempt C mupip replicate -refresh -from=127.0.0.1:"${PORT[refresh-A]}" -listenport="${PORT[C]}" \
    -log="$FOLDER/C/receiver.log" -buffsize="$POOL_BYTES" "$@"
}
take_down C
choose_port refresh-A
unfeed A C
feed A C -tlsid=A -refreshport="${PORT[refresh-A]}"
refresh
[[ $STATUS -ne 0 ]] || fail "a refresh without TLS"
expect_log A source-C "%GTM-E-REPLNOTLS, Refresh port requested TLS/SSL communication"
refresh -tlsid=STRANGER
[[ $STATUS -ne 0 ]] || fail "a stranger was refreshed"
said "%GTM-E-HWREFRESHPEER, Refresh from 127.0.0.1:${PORT[refresh-A]}: Error during TLS/SSL read operation. tlsv1 alert unknown ca"
refresh -tlsid=C
[[ $STATUS -eq 0 ]] || fail "status $STATUS of the refresh: $(cat "$SAID")"
note_source C A passive
expect_log A source-C "Refresh: Connection is encrypted: TLSv1.3"
update A 10
expect_equal A B C D
expect_about C 'receiver()["connection"] == "encrypted"'
check_everything

step "a rollback asks over TLS" # Shows: tls.rollback
in_step A B C D
stop_receiver B
stop_receiver C
update A 5
take_down A
unfeed B D
activate B A
feed B D -tlsid=B
unfeed B A
feed B A -tlsid=B
update B 3
standby A B
receiver A -tlsid=A -autorollback
allow REPLAHEAD
expect_equal B A D
expect_log A receiver "-fetchresync=${PORT[A]} -tlsid=A"
expect_log B source-A "Connection is encrypted: "
receiver C -tlsid=C
feed B C -tlsid=B
expect_equal B A C D
check_everything

step "what cannot be used is said at the start" # Shows: tls.settings
unfeed B C
expect_start_refused() {
  attempt B mupip replicate -source -start -secondary=127.0.0.1:"${PORT[C]}" -instsecondary=C -log="$FOLDER/B/refused.log" \
    -rootprimary "$@"
  [[ $STATUS -ne 0 ]] || fail "started with $*"
}
expect_start_refused -tlsid=NOBODY
said "%GTM-E-TLSINIT, Failed to initialize GT.M TLS/SSL library for secure communication"
said "no group tls: { NOBODY: { … } }"
gtmcrypt_config='' expect_start_refused -tlsid=B
said "Environment variable gtmcrypt_config not set"
gtmcrypt_config=$tls/none expect_start_refused -tlsid=B
said "$tls/none"
allow TLSINIT SYSCALL
feed B C -tlsid=B
expect_equal B A C D
