#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# photo-backup.sh - nightly backup of the photo archive to the second site
#
# Makes a snapshot with hard links for each day, checks it, copies it to the remote host, and
# removes old snapshots: 14 daily, 8 weekly (Sundays), 12 monthly (first of the month).
#
# Usage: photo-backup.sh [-n] [-v] [-c CONFIG]
#   -n  only show what would be done
#   -v  verbose
#   -c  configuration file (default /etc/photo-backup.conf)
#
# Run by cron at 02:10. Mails its output to the address in NOTIFY if something goes wrong.

set -u

SOURCE=/srv/photos
TARGET=/backup/photos
REMOTE=backup@site2.example
REMOTE_DIR=/pool/photos
NOTIFY=archive-team@museum.example
KEEP_DAILY=14
KEEP_WEEKLY=8
KEEP_MONTHLY=12
MIN_FREE_GB=200
LOCK=/tmp/photo-backup.lock
CONFIG=/etc/photo-backup.conf
DRY_RUN=
VERBOSE=

while getopts nvc: opt; do
    case $opt in
        n) DRY_RUN=1 ;;
        v) VERBOSE=1 ;;
        c) CONFIG=$OPTARG ;;
        *) sed -n '4,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done

[ -f $CONFIG ] && . $CONFIG

TODAY=$(date +%Y-%m-%d)
SNAPSHOT=$TARGET/$TODAY
LOGFILE=/var/log/photo-backup/$TODAY.log

log() {
    echo "$(date +%H:%M:%S) $*" >>"$LOGFILE"
    [ "$VERBOSE" ] && echo "$*"
}

run() {
    if [ "$DRY_RUN" ]; then
        echo "would run: $*"
    else
        "$@"
    fi
}

fail() {
    log "FAILED: $*"
    tail -n 50 "$LOGFILE" | mail -s "photo backup failed on $(hostname)" "$NOTIFY"
    rm -f "$LOCK"
    exit 1
}

# ---- one at a time -------------------------------------------------------------------

mkdir -p "$(dirname "$LOGFILE")"
if [ -e "$LOCK" ]; then
    echo "another backup is running (pid $(cat "$LOCK"))" >&2
    exit 1
fi
echo $$ >"$LOCK"
trap 'rm -f "$LOCK"' EXIT

# ---- enough space? -------------------------------------------------------------------

free_gb=$(df -BG --output=avail "$TARGET" | tail -1 | tr -dc 0-9)
if [ "$free_gb" -lt "$MIN_FREE_GB" ]; then
    fail "only $free_gb GB free on $TARGET"
fi

# ---- snapshot ------------------------------------------------------------------------

previous=$(ls -d "$TARGET"/20* 2>/dev/null | tail -1)
log "snapshot of $SOURCE, based on ${previous:-nothing}"

run rsync -a --delete --exclude '.thumbnails/' --exclude '*.tmp' \
    ${previous:+--link-dest="$previous"} \
    "$SOURCE/" "$SNAPSHOT/" >>"$LOGFILE" 2>&1
status=$?
# 24: some files vanished while we were reading. Happens when somebody imports pictures.
if [ $status -ne 0 ] && [ $status -ne 24 ]; then
    fail "rsync ended with status $status"
fi

# ---- check: 200 random files, compared byte by byte ----------------------------------

bad=0
find "$SNAPSHOT" -type f | shuf -n 200 | while read file; do
    original=$SOURCE/${file#$SNAPSHOT/}
    if [ -e "$original" ] && ! cmp -s "$file" "$original"; then
        log "differs: $file"
        bad=$((bad + 1))
    fi
done
if [ $bad -gt 0 ]; then
    fail "$bad of 200 files differ"
fi

# ---- copy to the second site ---------------------------------------------------------

for attempt in 1 2 3; do
    log "copy to $REMOTE, attempt $attempt"
    run rsync -aH --partial --bwlimit=40m "$TARGET/" "$REMOTE:$REMOTE_DIR/" >>"$LOGFILE" 2>&1 && break
    sleep $((attempt * 300))
done

# ---- remove old snapshots ------------------------------------------------------------

keep=$(
    ls "$TARGET" | grep '^20' | sort -r | head -n "$KEEP_DAILY"
    for day in $(ls "$TARGET" | grep '^20' | sort -r); do
        [ "$(date -d "$day" +%u)" = 7 ] && echo "$day"
    done | head -n "$KEEP_WEEKLY"
    ls "$TARGET" | grep '^20..-..-01$' | sort -r | head -n "$KEEP_MONTHLY"
)
for day in $(ls "$TARGET"); do
    if ! echo "$keep" | grep -q "$day"; then
        log "removing $day"
        run rm -rf "$TARGET/$day"
        run ssh "$REMOTE" rm -rf "$REMOTE_DIR/$day"
    fi
done

log "done, $(du -sh "$SNAPSHOT" | cut -f1) in $(find "$SNAPSHOT" -type f | wc -l) files"
exit 0
