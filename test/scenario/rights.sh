# shellcheck shell=bash
# Who may do what: every mode of a database file, every kind of user, every command, on an instance that is up, on one that is down, and
# on a database that is none. What each may is told by the mode of the file alone, as docs/security.md has it. Whoever has been there:
# what belongs to the database is its owner's or its group's and has its mode, and nobody is locked out.
only_headwater "modes of files of our own"
need_users
WHO[bare]="0 0 077" WHO[half]="0 0 077"
# root that has no more rights to files than others; and root that may give files away, and not change those of others.
declare -A LESS=([bare]="--bounding-set=-dac_override,-dac_read_search,-fowner,-chown,-ipc_owner" [half]="--bounding-set=-fowner")
setpriv "${LESS[bare]}" true || { echo "skipped: needs capabilities"; exit 77; }

# ---- the table ----
#
# Where: U an instance that is up, R its secondary, D one that is down, P a database that is no instance. Who: all; read: may read the
# database; look: may read it, and write it when it is open; write: may write it, too; pool: may read it, and is not named by a list
# alone; owner: the databases' owner and root, of what they have started. Then the command, and behind # what its owner does afterwards.
# In it @ is the site's folder, + a folder that is there for this question.
table() {
  cat <<'ROWS'
U DP | all   | gbl -help
U DP | all   | gbl -version
U DP | read  | gbl get ^a(1)
URDP | read  | gbl data ^a
U DP | read  | gbl order ^a(1)
U DP | read  | gbl query ^a(1)
U DP | read  | gbl zwrite ^a
U  P | write | gbl set ^b 1
U  P | write | gbl incr ^count
U  P | write | gbl kill ^b
U  P | write | gbl zkill ^b
U    | write | gbl zqgblmod ^a(1)
U  P | write | gbl run STATEMENTS
U    | write | gbl apply-lost LOST
   P | all   | mupip help
   P | all   | mupip version
U DP | read  | mupip extract +/x.zwr
U DP | read  | mupip extract -stdout
U DP | look  | mupip journal -show=header -forward @/gtm.mjl
U DP | look  | mupip journal -verify -forward @/gtm.mjl
U DP | look  | mupip journal -extract=+/x.mjf -forward @/gtm.mjl
U DP | write | mupip backup -replace DEFAULT +/copy.dat
U DP | write | mupip backup -bytestream -since=database DEFAULT +/increment
URDP | look  | mupip integ -region *
U DP | look  | mupip integ -digest -region *
U DP | look  | mupip size -region=DEFAULT
U DP | look  | mupip ftok @/gtm.dat
URDP | write | mupip freeze -on DEFAULT # mupip freeze -off -override DEFAULT
U DP | write | mupip freeze -off DEFAULT
U DP | write | mupip extend DEFAULT -blocks=100
URDP | write | mupip set -journal=enable,on,before -region *
  DP | write | mupip set -key_size=255 -region DEFAULT
  DP | write | mupip reorg -region DEFAULT
  DP | write | mupip rundown -region *
  DP | write | mupip integ -rebuild -region *
U  P | write | mupip load LOADED
   P | write | mupip journal -recover -backward @/gtm.mjl
   P | write | mupip journal -recover -forward @/gtm.mjl # mupip set -journal=enable,on,before -region DEFAULT
  D  | write | mupip journal -rollback -backward *
  D  | write | mupip journal -rollback -backward -resync=1000 -losttrans=+/lost *
U    | write | mupip journal -rollback -backward -online *
  D  | write | mupip replicate -editinstance -cleanslots @/gtm.repl
U D  | read  | mupip replicate -editinstance -show @/gtm.repl
  D  | write | mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=+/log -buffsize=1048576 # mupip replicate -source -shutdown -timeout=0 ; mupip rundown -region *
UR   | pool  | mupip replicate -source -checkhealth
UR   | pool  | mupip replicate -source -showbacklog
UR   | pool  | mupip replicate -source -status -json
U    | pool  | mupip replicate -source -freeze
U    | pool  | mupip replicate -source -jnlpool -show
U    | pool  | mupip replicate -source -needrestart -instsecondary=Z
U    | write | mupip replicate -source -changelog -log_interval=900 -instsecondary=Z
U    | write | mupip replicate -source -statslog=on -instsecondary=Z # mupip replicate -source -statslog=off -instsecondary=Z
U    | write | mupip replicate -source -losttncomplete
U    | owner | mupip replicate -source -shutdown -timeout=0 -instsecondary=Z # mupip replicate -source -start -passive -instsecondary=Z -rootprimary -log=@/source.log -buffsize=1048576
 R   | pool  | mupip replicate -receiver -checkhealth
 R   | pool  | mupip replicate -receiver -showbacklog
 R   | write | mupip replicate -receiver -changelog -log_interval=900,900
 R   | write | mupip replicate -receiver -statslog=on # mupip replicate -receiver -statslog=off
 R   | write | mupip replicate -receiver -shutdown -updateonly -timeout=0 # mupip replicate -receiver -start -updateonly
 R   | owner | mupip replicate -receiver -shutdown -timeout=0 # mupip replicate -receiver -start -listenport=PORT -log=@/receiver.log -buffsize=1048576
   P | all   | dse help
   P | all   | dse version
   P | all   | dse page
   P | all   | dse evaluate -number=1F
U DP | look  | dse dump -fileheader
U DP | look  | dse dump -block=2
U DP | look  | dse find -key=^a(1)
U DP | look  | dse cache -show
U DP | write | dse buffer_flush
U DP | write | dse all -buffer_flush
U DP | write | dse change -fileheader -zqgblmod_seqno=0
U DP | write | dse all -freeze # dse all -nofreeze
U DP | write | dse all -nofreeze
   P | all   | gde show -all
   P | all   | gde verify
ROWS
}
# Those that need no right to a database, or make one; and the modes of servers, which ask as -changelog does.
ELSEWHERE=" create exit quit restore stop activate deactivate stopsourcefilter stopreceiverfilter start "

# ---- the users ----

# may USER: none, read or write, of a database of mode MODE.
may() {
  local digits=$MODE digit
  if [[ $1 == root || $1 == half ]]; then echo write; return; fi
  if [[ $MODE == acl ]]; then
    digits=660
    if [[ $1 == reader ]]; then echo read; return; fi
  fi
  case $1 in
    gtm) digit=${digits:0:1} ;;
    ann) digit=${digits:1:1} ;;
    *) digit=${digits:2:1} ;;
  esac
  case $digit in [67]) echo write ;; [45]) echo read ;; *) echo none ;; esac
}
# is_allowed WHO USER SITE
is_allowed() {
  local has
  has=$(may "$2")
  case $1 in
    all) true ;;
    read) [[ $has != none ]] ;;
    look) [[ $has == write || $has == read && $3 != [UR] ]] ;;
    pool) [[ $has != none && $MODE,$2 != acl,reader ]] ;;
    write) [[ $has == write ]] ;;
    owner) [[ $2 == gtm || $2 == root || $2 == half || $2 == bare && $has == write ]] ;;
  esac
}
# The list gives one user, whom no group names, the right to read.
give_list() {
  python3 - "$@" <<'PYTHON'
import os, struct, sys
none = 0xFFFFFFFF
entries = [(1, 6, none), (2, 4, 20004), (4, 6, none), (0x10, 6, none), (0x20, 0, none)]
for path in sys.argv[1:]:
    os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries))
PYTHON
}
make_site() { # SITE SETTINGS
  site_of_users "$1" "${MODE/acl/660}" "$2"
  chmod 2777 "$FOLDER/$1"
  if [[ $MODE == acl ]]; then give_list "$FOLDER/$1"/gtm.{dat,mjl,dat-ckpt}; fi
}
can_set() { can gtm "$1" gbl set '^a(1)' 1; }

# question SITE WHO COMMAND UNDO
question() {
  local line=$3 words
  line=${line//@/$FOLDER/$1} line=${line//+\//$FOLDER/question/}
  line=${line/LOADED/$FOLDER/loaded} line=${line/STATEMENTS/$FOLDER/statements} line=${line/LOST/$FOLDER/lost}
  read -ra words <<<"$line"
  if [[ $line == *"$FOLDER/question/"* ]]; then
    rm -rf "$FOLDER/question"
    mkdir -m 777 "$FOLDER/question"
  fi
  if [[ -n ${LESS[$USER_]:-} ]]; then words=(setpriv "${LESS[$USER_]}" "${words[@]}"); fi
  as "$USER_" "$1" "${words[@]}"
  if is_allowed "$2" "$USER_" "$1"; then
    [[ $STATUS -eq 0 ]] || WRONG+=$'\n'"$MODE, $1: $USER_ may not (status $STATUS): $3"$'\n'"$(head -c 400 "$SAID")"
  else
    [[ $STATUS -ne 0 ]] && grep -qE '%G[TD][ME]-[EF]-' "$SAID" ||
      WRONG+=$'\n'"$MODE, $1: $USER_ may (status $STATUS): $3"$'\n'"$(head -c 400 "$SAID")"
  fi
  if [[ -n $4 ]]; then
    line=${4//@/$FOLDER/$1}
    as gtm "$1" bash -c "set -f; ${line/PORT/${PORT[R]}}"
  fi
}
# rights_are_right SITE: of all that belongs to the database everybody has what the database file's mode gives.
rights_are_right() {
  local user has file rights
  for user in gtm ann reader; do
    has=$(may $user)
    # shellcheck disable=SC2016
    as $user "$1" bash -c 'for file in gtm.dat* gtm.mjl*; do
        [[ -r $file ]] && r=r || r=-
        [[ -w $file ]] && w=w || w=-
        echo "$file $r$w"
      done'
    while read -r file rights; do
      case $has,$file in
        none,*) [[ $rights == -- ]] ;;
        write,* | read,*-ctl | read,*-lock) [[ $rights == rw ]] ;;
        read,*) [[ $rights == r- ]] ;;
      esac || WRONG+=$'\n'"$MODE, after $USER_: $user, who has $has, has $rights to $1/$file: $(ls -l "$FOLDER/$1/$file")"
    done <"$SAID"
  done
}

WRONG=
walk() { # USER
  local sites who command undo site
  USER_=$1
  set -f
  while IFS='|' read -r sites who command; do
    undo=
    if [[ $command == *' # '* ]]; then undo=${command#* # } command=${command%% # *}; fi
    for site in U R D P; do
      if [[ $sites == *$site* ]]; then question $site "${who// }" "$command" "$undo"; fi
    done
  done < <(table)
  set +f
  for site in U R D P; do rights_are_right $site; done
  can gtm U gbl set '^a(2)' "$MODE $USER_"
  can gtm P gbl set '^a(2)' "$MODE $USER_"
  can gtm U mupip replicate -source -checkhealth
}
sites_of_mode() {
  INSTANCES=() SITES=()
  rm -rf "${FOLDER:?}"/[URDP]
  make_site U -replication=on
  make_site R -replication=on
  make_site D -replication=on
  make_site P -journal=enable,on,before
  stops_replicating P
  for site in U R D; do
    can gtm $site mupip replicate -instance_create -name=$site
    chmod "${MODE/acl/660}" "$FOLDER/$site/gtm.repl"
    if [[ $MODE == acl ]]; then give_list "$FOLDER/$site/gtm.repl"; fi
    primary=-rootprimary
    [[ $site != R ]] || primary=-propagateprimary
    can gtm $site mupip replicate -source -start -passive -instsecondary=Z $primary -log="$FOLDER/$site/source.log" -buffsize=1048576
    note_source $site Z passive
  done
  can gtm R mupip replicate -receiver -start -listenport="${PORT[R]}" -log="$FOLDER/R/receiver.log" -buffsize=1048576
  for site in U D P; do can gtm $site gbl run "$FOLDER/statements"; done
  end_site D
}
end_site() {
  [[ $1 != R ]] || can gtm R mupip replicate -receiver -shutdown -timeout=0
  can gtm "$1" mupip replicate -source -shutdown -timeout=0
  can gtm "$1" mupip rundown -region '*'
  forget_servers "$1"
}
printf 'set ^a(1)=1\nset ^a(2)=2\n' >"$FOLDER/statements"
printf 'x\n28-NOV-2026  10:00:00 ZWR\n^l(1)="1"\n' >"$FOLDER/loaded"

echo "GDSJEX07 ROLLBACK PRIMARY U" >"$FOLDER/lost"
chmod 644 "$FOLDER"/{statements,loaded,lost}
choose_port R

step "the table has every command"
mapfile -t COMMANDS < <(table)
mkdir "$FOLDER/A"
expect_every_command A "$ELSEWHERE"
rm -r "$FOLDER/A"

# MODE|USERS: each kind of right, of each kind of user.
PAIRS=("600|ann root" "640|ann bare half" "644|reader bare" "660|reader" "666|reader bare" "acl|reader gtm" "664|ann root")
for pair in "${PAIRS[@]}"; do
  IFS='|' read -r MODE users <<<"$pair"
  sites_of_mode
  for user in $users; do
    step "mode $MODE: $user may $(may "$user")"
    walk "$user"
  done
  if [[ $MODE != 664 ]]; then
    end_site U
    end_site R
  fi
done
[[ -z $WRONG ]] || fail "wrong:$WRONG"
