# shellcheck shell=bash
# runbook.sh -- runs the commands of docs/runbook/*.md as they stand on the page. docs/runbook/README.md says how a page is
# written; every page has a scenario of its name, runbook_<page>.sh with `_` for `-`, which makes the situation and
# then runs all parts of the page that have commands.

declare -A RUNBOOK_LEFT
RUNBOOK_PAGES=$ROOT_OF_TREE/docs/runbook

# runbook PAGE PART [A=B...]: runs the blocks under the page's heading PART, with each site's name replaced as given.
runbook() {
  local page=$1 part=$2 line swaps='' script=$FOLDER/runbook
  shift 2
  [[ -f $RUNBOOK_PAGES/$page.md ]] || fail "no page $page"
  runbook_note_parts "$page"
  [[ -n ${RUNBOOK_LEFT["$page: $part"]:-} ]] || fail "no commands under '## $part' of $page.md"
  RUNBOOK_LEFT["$page: $part"]=done
  for line; do swaps+=" $line"; done
  runbook_blocks "$page" "$part" "$swaps" >"$script" || fail "$page.md: $(cat "$script")"
  while IFS= read -r -u 4 line; do
    runbook_line "$page" "$line"
  done 4<"$script"
}

# Lines `block SITE MODE`, `command TEXT`, `expect PATTERN`, `status N`, and `end` behind each command.
runbook_blocks() {
  awk -v part="$2" -v swaps="$3" '
    function bad(why) { print FILENAME ":" FNR ": " why; failed = 1; exit 1 }
    # Names of sites stand alone, or behind a `_` or `-`: not in a longer word.
    function swapped(text,    out, i, c, before, after) {
      out = ""
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1); before = substr(text, i - 1, 1); after = substr(text, i + 1, 1)
        out = out ((i == 1 || before !~ /[A-Za-z0-9]/) && after !~ /[A-Za-z0-9_]/ && (c in new) ? new[c] : c)
      }
      return out
    }
    BEGIN { n = split(swaps, pairs, " "); for (i = 1; i <= n; i++) { split(pairs[i], p, "="); new[p[1]] = p[2] } }
    /^## / { here = substr($0, 4) == part; next }
    /^```/ && inside { if (command != "") print "end"; inside = 0; next }
    /^```console/ && here {
      inside = 1; command = ""
      site = swapped($2); sub(/,$/, "", site)
      if (site !~ /^[A-Z]$/) bad("a console block names no site")
      mode = ($0 ~ /, repeated until it says so$/) ? "until" : "once"
      if (NF > 2 && mode == "once") bad("a console block with an unknown remark")
      print "block " site " " mode
      next
    }
    !inside { next }
    continued { command = command "\n" swapped($0); continued = $0 ~ /\\$/; if (!continued) print_command(); next }
    /^\$ / {
      if (command != "") print "end"
      command = swapped(substr($0, 3)); continued = $0 ~ /\\$/
      if (!continued) print_command()
      next
    }
    command == "" { bad("a block begins with no command") }
    /^\(exit status [0-9]+\)$/ { print "status " ($3 + 0); next }
    { print "expect " glob(swapped($0)) }
    function glob(text) { gsub(/[][*?\\]/, "\\\\&", text); gsub(/…/, "*", text); return text }
    function print_command() { gsub(/\\\n/, "", command); print "command " command }
    END { if (inside && !failed) { print FILENAME ": a block without an end"; exit 1 } }
  ' "$RUNBOOK_PAGES/$1.md"
}

runbook_line() {
  local page=$1 kind=${2%% *} rest=${2#* }
  case $kind in
    block) read -r RUNBOOK_SITE RUNBOOK_MODE <<<"$rest" ;;
    command)
      RUNBOOK_COMMAND=$rest RUNBOOK_STATUS=0
      : >"$FOLDER/runbook.expected"
      ;;
    status) RUNBOOK_STATUS=$rest ;;
    expect) echo "$rest" >>"$FOLDER/runbook.expected" ;;
    end)
      if [[ $RUNBOOK_MODE == until ]]; then
        within "$DEADLINE_S" "$page.md, on $RUNBOOK_SITE: $RUNBOOK_COMMAND" runbook_command
        return
      fi
      runbook_command >"$FOLDER/runbook.differs" ||
        fail "$page.md, on $RUNBOOK_SITE: $RUNBOOK_COMMAND"$'\n'"$(cat "$FOLDER/runbook.differs")"
      ;;
  esac
}

# Runs the command as the operator of the site would, and compares with what the page says.
runbook_command() {
  local site address=()
  for site in "${INSTANCES[@]}"; do
    [[ -n ${PORT[$site]:-} ]] || choose_port "$site"
    address+=("host_$site=127.0.0.1" "port_$site=${PORT[$site]}")
  done
  attempt "$RUNBOOK_SITE" env "${address[@]}" bash -c "$RUNBOOK_COMMAND"
  [[ $STATUS -eq $RUNBOOK_STATUS ]] || { echo "status $STATUS, not $RUNBOOK_STATUS:"; cat "$SAID"; return 1; }
  runbook_said
}

# All lines that are expected were said, in their order; `…` stands for anything, and other lines may stand between.
runbook_said() {
  local pattern line found
  exec 5<"$SAID"
  while IFS= read -r pattern; do
    found=false
    while IFS= read -r line <&5; do
      # shellcheck disable=SC2053
      if [[ $line == $pattern ]]; then found=true && break; fi
    done
    $found || { echo "the page shows: $pattern"; echo "said:"; cat "$SAID"; return 1; }
  done <"$FOLDER/runbook.expected"
  exec 5<&-
}

runbook_note_parts() {
  local part
  while IFS= read -r part; do
    [[ -n ${RUNBOOK_LEFT["$1: $part"]:-} ]] || RUNBOOK_LEFT["$1: $part"]=left
  done < <(awk '/^## / { part = substr($0, 4) } /^```console/ { if (part != said) print part; said = part }' \
    "$RUNBOOK_PAGES/$1.md")
}

# Every part with commands of every page that the scenario is about was run.
expect_whole_runbooks() {
  local part
  for part in "${!RUNBOOK_LEFT[@]}"; do
    [[ ${RUNBOOK_LEFT[$part]} == done ]] || fail "the scenario runs no command of $part"
  done
}
