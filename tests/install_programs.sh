#!/bin/sh
# Programs that some tests meet and that do not come from Python packages. Installed where that is allowed (apt, as
# root); otherwise what is left out is said in one line, and the tests that need it are skipped by name.
export DEBIAN_FRONTEND=noninteractive
need() { # program, Debian package, what is left out without it
    command -v "$1" >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $2 for the tests"
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1
    fi
    command -v "$1" >/dev/null 2>&1 || echo "left out: $3 (install $2)"
}
need chromium chromium "the pages in a real browser"
need openssl openssl "signed mail, and servers with TLS"
# Where Postfix is installed anew, the one that the system starts listens on this machine alone.
if ! command -v postfix >/dev/null 2>&1 && command -v debconf-set-selections >/dev/null 2>&1; then
    echo "postfix postfix/main_mailer_type select Local only" | debconf-set-selections 2>/dev/null
fi
need postfix postfix "mail through a real Postfix"
need dovecot dovecot-imapd "mail fetched from a real Dovecot"
need swaks swaks "mail by swaks"
need clamd clamav-daemon "files checked by ClamAV's own scanner"
exit 0
