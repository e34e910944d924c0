# shellcheck shell=bash
# updates.sh -- verbs that change data. Every transaction takes one seqno; no two write the same node.

declare -A UPDATES=() APPLICATION=()

# statements A FIRST LAST: transactions number FIRST to LAST of A: single sets in both regions, kills, and transactions
# over both regions.
statements() {
  awk -v site="$1" -v first="$2" -v last="$3" 'BEGIN {
    for (i = first; i <= last; i++) {
      n = "(\"" site "\"," i ")"
      if (i % 5 == 0) printf "tstart ():(serial:transaction=\"BATCH\") set ^a%s=%d,^x%s=%d tcommit\n", n, i, n, -i
      else if (i % 7 == 3 && i > first) printf "kill ^%s(\"%s\",%d)\n", (i - 1) % 2 ? "x" : "a", site, i - 1
      else printf "set ^%s%s=\"value %d of %s\"\n", i % 2 ? "x" : "a", n, i, site
    }
  }'
}

# update A N: N transactions on A; all must be accepted.
update() {
  local site=$1 first=$((${UPDATES[$1]:-0} + 1))
  local last=$((first + $2 - 1))
  statements "$site" $first $last | quietly "$site" "${STATEMENTS[@]}" >"$SAID" 2>&1 ||
    fail "updates $first to $last on $site: $(cat "$SAID")"
  [[ ! -s $SAID ]] || fail "updates $first to $last on $site: $(cat "$SAID")"
  UPDATES[$site]=$last
}

# background A COMMAND...: runs it on A as A's application, its input from ours; JOB is what to wait for. Returns when it
# has begun.
background() {
  local site=$1
  shift
  rm -f "$FOLDER/$site/application.pid"
  LONGEST_COMMAND_S=600 quietly "$site" bash -c 'echo $$ >application.pid; exec "$@"' - "$@" \
    >"$FOLDER/$site/application.out" 2>&1 <&0 &
  JOB=$!
  within "$DEADLINE_S" "$* begins on $site" test -s "$FOLDER/$site/application.pid"
}

# application A: a process that goes on making transactions on A, some hundred a second, until stop_application A.
application() {
  local site=$1 first=$((${UPDATES[$1]:-0} + 1))
  rm -f "$FOLDER/$site/application".{stop,count}
  background "$site" "${STATEMENTS[@]}" < <(
    while [[ ! -e $FOLDER/$site/application.stop ]]; do
      statements "$site" "$first" $((first + 9))
      first=$((first + 10))
      read -rt 0.02 <> <(:) || true
    done
    echo $((first - 1)) >"$FOLDER/$site/application.count"
  )
  APPLICATION[$site]=$JOB
}

# stop_application A: ends it in good order; each of its transactions must have been accepted.
stop_application() {
  touch "$FOLDER/$1/application.stop"
  wait "${APPLICATION[$1]}" || fail "application on $1: $(cat "$FOLDER/$1/application.out")"
  [[ ! -s $FOLDER/$1/application.out ]] || fail "application on $1: $(cat "$FOLDER/$1/application.out")"
  UPDATES[$1]=$(cat "$FOLDER/$1/application.count")
  unset "APPLICATION[$1]"
}
