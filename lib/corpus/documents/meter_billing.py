#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Monthly billing of charging stations.

Reads the meter readings that the stations upload as CSV files, checks them, turns them
into charging sessions, applies the tariff of the customer and writes one invoice per
customer.  Runs on the first working day of each month:

    meter_billing.py --db billing.sqlite --readings /srv/upload/2024-05 --month 2024-05

A run can be repeated.  Readings that are already in the database are skipped, invoices
that have not been sent yet are replaced.

Exit codes: 0 everything billed, 1 some customers could not be billed, 2 nothing done.
"""

import argparse
import csv
import datetime as dt
import json
import logging
import os
import smtplib
import sqlite3
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

log = logging.getLogger("billing")

# A station sends a reading at least every 15 minutes while a vehicle is charging.
MAX_GAP = dt.timedelta(minutes=20)

# The largest station delivers 150 kW; anything above is a meter fault.
MAX_POWER_KW = 150

# Sessions below this are attempts that failed, and are not billed.
MIN_ENERGY_KWH = 0.1

VAT = 0.19

SCHEMA = """
CREATE TABLE IF NOT EXISTS station (
    id          TEXT PRIMARY KEY,
    site        TEXT NOT NULL,
    max_kw      REAL NOT NULL DEFAULT 22
);
CREATE TABLE IF NOT EXISTS customer (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    email       TEXT,
    tariff      TEXT NOT NULL DEFAULT 'standard',
    card        TEXT UNIQUE
);
CREATE TABLE IF NOT EXISTS reading (
    station     TEXT NOT NULL REFERENCES station(id),
    taken_at    TEXT NOT NULL,
    card        TEXT,
    kwh         REAL NOT NULL,
    PRIMARY KEY (station, taken_at)
);
CREATE TABLE IF NOT EXISTS invoice (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer    INTEGER NOT NULL REFERENCES customer(id),
    month       TEXT NOT NULL,
    net         REAL NOT NULL,
    gross       REAL NOT NULL,
    detail      TEXT NOT NULL,
    sent_at     TEXT
);
"""


class BillingError(Exception):
    """Something that makes it impossible to bill one customer."""


@dataclass(frozen=True)
class Reading:
    station: str
    taken_at: dt.datetime
    card: str
    kwh: float


@dataclass
class Session:
    """One vehicle at one station, from the first to the last reading."""

    station: str
    card: str
    start: dt.datetime
    end: dt.datetime
    first_kwh: float
    last_kwh: float
    warnings: list = field(default_factory=list)

    @property
    def energy(self):
        return self.last_kwh - self.first_kwh

    @property
    def minutes(self):
        return (self.end - self.start).seconds // 60


@dataclass
class Tariff:
    """Price per kWh, with an optional night price and a fee for blocking a station."""

    name: str
    price: float
    night_price: float = None
    night_from: int = 22
    night_to: int = 6
    base_fee: float = 0.0
    blocking_after_min: int = 240
    blocking_per_min: float = 0.10
    free_kwh: float = 0.0

    def is_night(self, when):
        return when.hour >= self.night_from or when.hour <= self.night_to

    def price_at(self, when):
        if self.night_price and self.is_night(when):
            return self.night_price
        return self.price


TARIFFS = {
    "standard": Tariff("standard", price=0.49),
    "resident": Tariff("resident", price=0.42, night_price=0.34, base_fee=4.90),
    "fleet": Tariff("fleet", price=0.39, night_price=0.29, base_fee=29.00,
                    blocking_after_min=720),
    "employee": Tariff("employee", price=0.30, free_kwh=50.0, blocking_after_min=600),
}


# --------------------------------------------------------------------------- readings


def parse_time(text):
    """Accept the three formats that the firmware versions in use send."""
    for fmt in ("%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return dt.datetime.strptime(text.strip(), fmt)
        except ValueError:
            pass
    raise ValueError(f"unknown time format: {text!r}")


def parse_number(text):
    """'1234.5', '1234,5' and '1.234,5' all occur."""
    text = text.strip()
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    return float(text)


def read_file(path, known_stations, errors=[]):
    """Yield the readings of one upload.  Faulty lines are collected in errors."""
    with open(path, newline="", encoding="utf-8-sig") as f:
        sample = f.read(2048)
        f.seek(0)
        delimiter = ";" if sample.count(";") > sample.count(",") else ","
        for number, row in enumerate(csv.DictReader(f, delimiter=delimiter), start=2):
            try:
                station = row["station"].strip().upper()
                if station not in known_stations:
                    raise ValueError(f"unknown station {station}")
                yield Reading(
                    station=station,
                    taken_at=parse_time(row["time"]),
                    card=(row.get("card") or "").strip(),
                    kwh=parse_number(row["kwh"]),
                )
            except (KeyError, ValueError) as e:
                errors.append((str(path), number, str(e)))


def import_readings(db, folder):
    """Load all CSV files of a folder.  Returns (new, duplicate, faulty)."""
    known = {row[0] for row in db.execute("SELECT id FROM station")}
    new = duplicate = 0
    errors = []
    for path in sorted(Path(folder).glob("*.csv")):
        for r in read_file(path, known, errors):
            try:
                db.execute(
                    "INSERT INTO reading (station, taken_at, card, kwh) VALUES (?, ?, ?, ?)",
                    (r.station, r.taken_at.isoformat(), r.card, r.kwh),
                )
                new += 1
            except sqlite3.IntegrityError:
                duplicate += 1
        db.commit()
        log.info("%s: done", path.name)
    for path, line, text in errors:
        log.warning("%s:%d: %s", path, line, text)
    return new, duplicate, len(errors)


def month_range(month):
    """'2024-05' -> (2024-05-01 00:00, 2024-06-01 00:00)"""
    first = dt.datetime.strptime(month, "%Y-%m")
    if first.month == 12:
        return first, first.replace(year=first.year + 1, month=1)
    return first, first.replace(month=first.month + 1)


def load_readings(db, month):
    first, last = month_range(month)
    query = """
        SELECT station, taken_at, card, kwh
          FROM reading
         WHERE taken_at BETWEEN ? AND ?
         ORDER BY station, taken_at
    """
    for station, taken_at, card, kwh in db.execute(
        query, (first.isoformat(), last.isoformat())
    ):
        yield Reading(station, dt.datetime.fromisoformat(taken_at), card, kwh)


# --------------------------------------------------------------------------- sessions


def build_sessions(readings):
    """Group consecutive readings with the same card at the same station.

    A new session begins when the card changes, or when there is a gap of more than
    MAX_GAP.  The meter counts upwards; if it goes back, the station has been replaced or
    reset, and the session is closed at the last good reading.
    """
    current = None
    for r in readings:
        if not r.card:
            if current:
                yield current
                current = None
            continue
        if (
            current is None
            or r.station != current.station
            or r.card != current.card
            or r.taken_at - current.end > MAX_GAP
        ):
            if current:
                yield current
            current = Session(r.station, r.card, r.taken_at, r.taken_at, r.kwh, r.kwh)
            continue
        if r.kwh < current.last_kwh:
            current.warnings.append(f"meter went back at {r.taken_at:%d %b %H:%M}")
            yield current
            current = Session(r.station, r.card, r.taken_at, r.taken_at, r.kwh, r.kwh)
            continue
        current.end = r.taken_at
        current.last_kwh = r.kwh


def plausible(session):
    """True if the energy could have been delivered in the time."""
    hours = (session.end - session.start).total_seconds() / 3600
    if session.energy < 0:
        return False
    return session.energy <= MAX_POWER_KW * hours


def sessions_by_card(db, month):
    result = defaultdict(list)
    rejected = 0
    for s in build_sessions(load_readings(db, month)):
        if s.energy < MIN_ENERGY_KWH:
            continue
        if not plausible(s):
            log.warning("%s %s: %.1f kWh in %d min is not plausible",
                        s.station, s.start, s.energy, s.minutes)
            rejected += 1
            continue
        result[s.card].append(s)
    return result, rejected


# ---------------------------------------------------------------------------- pricing


@dataclass
class Line:
    text: str
    quantity: float
    unit: str
    price: float

    @property
    def amount(self):
        return round(self.quantity * self.price, 2)


def price_session(session, tariff):
    """Return the invoice lines of one session.

    The whole energy is billed at the price that was valid when the session began.  This
    is what the terms of use say, even if it looks odd for a session that begins at 21:55.
    """
    lines = [
        Line(
            text=f"{session.start:%d %b %H:%M} {session.station}",
            quantity=round(session.energy, 2),
            unit="kWh",
            price=tariff.price_at(session.start),
        )
    ]
    over = session.minutes - tariff.blocking_after_min
    if over > 0:
        lines.append(
            Line(
                text=f"Blocking fee, {session.station}",
                quantity=over,
                unit="min",
                price=tariff.blocking_per_min,
            )
        )
    return lines


def apply_free_energy(lines, free):
    """Employees have a monthly allowance.  It is used up in the order of the sessions."""
    result = []
    for line in lines:
        if line.unit == "kWh" and free > 0:
            used = min(free, line.quantity)
            free -= used
            result.append(Line(line.text + " (allowance)", used, "kWh", 0.0))
            if used < line.quantity:
                result.append(Line(line.text, line.quantity - used, "kWh", line.price))
        else:
            result.append(line)
    return result


def bill_customer(customer, sessions):
    """Return (lines, net, gross) for one customer."""
    try:
        tariff = TARIFFS[customer["tariff"]]
    except KeyError:
        raise BillingError(f"customer {customer['id']}: unknown tariff {customer['tariff']}")

    lines = []
    if tariff.base_fee:
        lines.append(Line("Base fee", 1, "month", tariff.base_fee))
    for s in sorted(sessions, key=lambda s: s.start):
        lines.extend(price_session(s, tariff))
    if tariff.free_kwh:
        lines = apply_free_energy(lines, tariff.free_kwh)

    net = sum(line.amount for line in lines)
    gross = round(net * (1 + VAT), 2)
    return lines, net, gross


# --------------------------------------------------------------------------- invoices


def store_invoice(db, customer, month, lines, net, gross):
    """Replace an unsent invoice of the same month; never touch one that was sent."""
    sent = db.execute(
        "SELECT 1 FROM invoice WHERE customer = ? AND month = ? AND sent_at IS NOT NULL",
        (customer["id"], month),
    ).fetchone()
    if sent:
        log.info("customer %d: invoice was already sent", customer["id"])
        return None
    db.execute(
        "DELETE FROM invoice WHERE customer = ? AND month = ?", (customer["id"], month)
    )
    detail = json.dumps([[l.text, l.quantity, l.unit, l.price, l.amount] for l in lines])
    cursor = db.execute(
        "INSERT INTO invoice (customer, month, net, gross, detail) VALUES (?, ?, ?, ?, ?)",
        (customer["id"], month, net, gross, detail),
    )
    return cursor.lastrowid


def invoice_text(number, customer, month, lines, net, gross):
    out = [
        f"Invoice {month}-{number:05d}",
        f"{customer['name']}, tariff {customer['tariff']}",
        "",
    ]
    for line in lines:
        out.append(
            f"{line.text:<40} {line.quantity:>9.2f} {line.unit:<5} "
            f"à {line.price:>6.2f} € {line.amount:>9.2f} €"
        )
    out += [
        "",
        f"{'Net':<66} {net:>9.2f} €",
        f"{'VAT 19 %':<66} {gross - net:>9.2f} €",
        f"{'Total':<66} {gross:>9.2f} €",
        "",
        "The amount will be debited within 14 days.",
    ]
    return "\n".join(out)


def send_mail(host, sender, to, subject, body, attempts=3):
    msg = EmailMessage()
    msg["From"] = sender
    msg["To"] = to
    msg["Subject"] = subject
    msg.set_content(body)
    for attempt in range(attempts):
        try:
            with smtplib.SMTP(host) as smtp:
                smtp.send_message(msg)
            return True
        except Exception as e:
            log.warning("mail to %s failed: %s", to, e)
            time.sleep(2 ** attempt)
    return False


def send_invoices(db, month, host, sender):
    """Send everything that has not been sent.  Returns the number of failures."""
    failures = 0
    rows = db.execute(
        """SELECT i.id, i.net, i.gross, i.detail, c.id AS cid, c.name, c.email, c.tariff
             FROM invoice i JOIN customer c ON c.id = i.customer
            WHERE i.month = ? AND i.sent_at IS NULL""",
        (month,),
    ).fetchall()
    for row in rows:
        if not row["email"]:
            log.warning("customer %d has no e-mail address", row["cid"])
            failures += 1
            continue
        lines = [Line(t, q, u, p) for t, q, u, p, _ in json.loads(row["detail"])]
        text = invoice_text(row["id"], row, month, lines, row["net"], row["gross"])
        if send_mail(host, sender, row["email"], f"Your invoice for {month}", text):
            db.execute(
                "UPDATE invoice SET sent_at = ? WHERE id = ?",
                (dt.datetime.now().isoformat(), row["id"]),
            )
        else:
            failures += 1
    db.commit()
    return failures


def write_summary(path, month, totals, unknown):
    """A short report for the accounting team."""
    with open(path, "w") as f:
        f.write(f"Billing {month}\n\n")
        f.write(f"{'Tariff':<12}{'Customers':>10}{'kWh':>12}{'Net €':>12}\n")
        for name in sorted(totals):
            count, kwh, net = totals[name]
            f.write(f"{name:<12}{count:>10}{kwh:>12.1f}{net:>12.2f}\n")
        if unknown:
            f.write("\nCards without a customer:\n")
            for card, sessions in sorted(unknown.items()):
                kwh = sum(s.energy for s in sessions)
                f.write(f"  {card}: {len(sessions)} sessions, {kwh:.1f} kWh\n")


def export_accounting(db, month, path):
    """Write the sent invoices of a month in the format of the accounting program.

    One line per invoice: number, date, debtor account, revenue account, net, VAT, gross.
    Amounts have a decimal comma.  The debtor account is 10000 plus the customer number.
    """
    revenue_accounts = {"standard": 8400, "resident": 8401, "fleet": 8402, "employee": 8490}

    def comma(value):
        return f"{value:.2f}".replace(".", ",")

    total = 0
    with open(path, "w", newline="", encoding="cp1252") as f:
        out = csv.writer(f, delimiter=";")
        out.writerow(["number", "date", "debtor", "revenue", "net", "vat", "gross", "text"])
        for row in db.execute(
            """SELECT i.id, i.sent_at, i.net, i.gross, c.id AS cid, c.name, c.tariff
                 FROM invoice i JOIN customer c ON c.id = i.customer
                WHERE i.month = ? ORDER BY i.id""",
            (month,),
        ):
            out.writerow([
                f"{month}-{row['id']:05d}",
                row["sent_at"][:10],
                10000 + row["cid"],
                revenue_accounts[row["tariff"]],
                comma(row["net"]),
                comma(row["gross"] - row["net"]),
                comma(row["gross"]),
                f"Charging {month}, {row['name']}"[:60],
            ])
            total += row["gross"]
    log.info("exported %.2f € to %s", total, path)
    return total


# ------------------------------------------------------------------------------- main


def run(db, args):
    new, duplicate, faulty = import_readings(db, args.readings)
    log.info("readings: %d new, %d known, %d faulty", new, duplicate, faulty)
    if new + duplicate == 0:
        log.error("no readings in %s", args.readings)
        return 2

    by_card, rejected = sessions_by_card(db, args.month)
    customers = {
        row["card"]: row for row in db.execute("SELECT * FROM customer WHERE card NOT NULL")
    }
    totals = defaultdict(lambda: (0, 0.0, 0.0))
    failed = 0
    for card, customer in customers.items():
        sessions = by_card.pop(card, [])
        if not sessions:
            continue
        try:
            lines, net, gross = bill_customer(customer, sessions)
            store_invoice(db, customer, args.month, lines, net, gross)
        except BillingError as e:
            log.error("%s", e)
            failed += 1
            continue
        count, kwh, sum_net = totals[customer["tariff"]]
        totals[customer["tariff"]] = (
            count + 1,
            kwh + sum(s.energy for s in sessions),
            sum_net + net,
        )
    db.commit()

    # What is left in by_card belongs to nobody: lost cards, roaming partners, tests.
    write_summary(args.summary, args.month, totals, by_card)

    if args.send:
        host = os.environ.get("BILLING_SMTP", "localhost")
        failed += send_invoices(db, args.month, host, args.sender)
    if args.export:
        export_accounting(db, args.month, args.export)
    return 1 if failed or rejected else 0


def main():
    p = argparse.ArgumentParser(description="Monthly billing of charging stations")
    p.add_argument("--db", required=True, help="SQLite database")
    p.add_argument("--readings", required=True, help="folder with the uploaded CSV files")
    p.add_argument("--month", required=True, help="month to bill, YYYY-MM")
    p.add_argument("--summary", default="summary.txt")
    p.add_argument("--send", action="store_true", help="send the invoices by e-mail")
    p.add_argument("--export", metavar="FILE", help="write a file for the accounting program")
    p.add_argument("--sender", default="billing@charging.example")
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()

    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    db = sqlite3.connect(args.db)
    db.row_factory = sqlite3.Row
    db.executescript(SCHEMA)
    try:
        return run(db, args)
    finally:
        db.close()


if __name__ == "__main__":
    sys.exit(main())
