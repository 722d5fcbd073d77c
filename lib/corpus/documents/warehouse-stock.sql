-- SPDX-License-Identifier: Apache-2.0
--
-- Stock keeping for three warehouses (PostgreSQL 15 or later).
--
-- Every change of stock is a row in movement; nothing is ever updated or deleted there. The table
-- stock is a summary that is kept up to date by a trigger, because the sum over 40 million
-- movements takes too long for the picking screens.
--
-- Quantities are in units of sale. Money is in cents.

BEGIN;

CREATE SCHEMA IF NOT EXISTS wh;
SET search_path = wh, public;

CREATE TYPE movement_kind AS ENUM ('receipt', 'pick', 'return', 'transfer', 'count', 'scrap');

CREATE TABLE warehouse (
    id         smallint PRIMARY KEY,
    code       char(3) NOT NULL UNIQUE,
    name       text NOT NULL,
    time_zone  text NOT NULL DEFAULT 'Europe/Lisbon'
);

CREATE TABLE product (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku           varchar(20) NOT NULL UNIQUE,
    name          text NOT NULL,
    weight_g      integer CHECK (weight_g > 0),
    price_cents   integer NOT NULL CHECK (price_cents >= 0),
    reorder_point integer NOT NULL DEFAULT 0,
    reorder_qty   integer NOT NULL DEFAULT 0,
    discontinued  boolean NOT NULL DEFAULT false
);

CREATE TABLE location (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    warehouse_id smallint NOT NULL REFERENCES warehouse,
    aisle        char(1) NOT NULL,
    rack         smallint NOT NULL,
    shelf        smallint NOT NULL,
    UNIQUE (warehouse_id, aisle, rack, shelf)
);

CREATE TABLE movement (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booked_at   timestamptz NOT NULL DEFAULT now(),
    kind        movement_kind NOT NULL,
    product_id  integer NOT NULL REFERENCES product,
    location_id integer NOT NULL REFERENCES location,
    quantity    integer NOT NULL CHECK (quantity <> 0),   -- negative: leaves the shelf
    reference   text,                                     -- order, delivery note, count sheet
    booked_by   text NOT NULL DEFAULT current_user
);

CREATE INDEX movement_product_time ON movement (product_id, booked_at);

CREATE TABLE stock (
    product_id  integer NOT NULL REFERENCES product,
    location_id integer NOT NULL REFERENCES location,
    quantity    integer NOT NULL,
    reserved    integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    last_count  timestamptz,
    PRIMARY KEY (product_id, location_id)
);

CREATE TABLE order_line (
    order_no    bigint NOT NULL,
    line_no     smallint NOT NULL,
    product_id  integer NOT NULL REFERENCES product,
    quantity    integer NOT NULL CHECK (quantity > 0),
    picked      integer NOT NULL DEFAULT 0,
    due         date,
    PRIMARY KEY (order_no, line_no)
);

-- ---------------------------------------------------------------------------------------
-- Keeping the summary
-- ---------------------------------------------------------------------------------------

CREATE FUNCTION apply_movement() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock
       SET quantity = quantity + NEW.quantity
     WHERE product_id = NEW.product_id AND location_id = NEW.location_id;
    IF NOT FOUND THEN
        INSERT INTO stock (product_id, location_id, quantity)
        VALUES (NEW.product_id, NEW.location_id, NEW.quantity);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER movement_applied AFTER INSERT ON movement
    FOR EACH ROW EXECUTE FUNCTION apply_movement();

-- Reserves stock for an order line. Takes from the fullest shelf first, so that as few shelves
-- as possible have to be visited. Returns the quantity that could be reserved.
CREATE FUNCTION reserve(p_product integer, p_quantity integer, p_warehouse smallint)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    r     record;
    take  integer;
    left_ integer := p_quantity;
BEGIN
    FOR r IN
        SELECT s.location_id, s.quantity - s.reserved AS free
          FROM stock s JOIN location l ON l.id = s.location_id
         WHERE s.product_id = p_product
           AND l.warehouse_id = p_warehouse
           AND s.quantity > s.reserved
         ORDER BY free DESC
    LOOP
        EXIT WHEN left_ = 0;
        take := least(left_, r.free);
        UPDATE stock SET reserved = reserved + take
         WHERE product_id = p_product AND location_id = r.location_id;
        left_ := left_ - take;
    END LOOP;
    RETURN p_quantity - left_;
END $$;

-- Books a pick and releases the reservation that belongs to it.
CREATE PROCEDURE pick(p_order bigint, p_line smallint, p_location integer, p_quantity integer)
LANGUAGE plpgsql AS $$
DECLARE
    v_product integer;
    v_open    integer;
BEGIN
    SELECT product_id, quantity - picked INTO v_product, v_open
      FROM order_line
     WHERE order_no = p_order AND line_no = p_line;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'order % has no line %', p_order, p_line;
    END IF;
    IF p_quantity > v_open THEN
        RAISE EXCEPTION 'order %/%: only % left to pick', p_order, p_line, v_open;
    END IF;

    INSERT INTO movement (kind, product_id, location_id, quantity, reference)
    VALUES ('pick', v_product, p_location, -p_quantity, p_order || '/' || p_line);

    UPDATE stock SET reserved = reserved - p_quantity
     WHERE product_id = v_product AND location_id = p_location;
    UPDATE order_line SET picked = picked + p_quantity
     WHERE order_no = p_order AND line_no = p_line;
END $$;

-- Moves goods between two shelves; the two movements carry the same reference.
CREATE PROCEDURE transfer(p_product integer, p_from integer, p_to integer, p_quantity integer)
LANGUAGE plpgsql AS $$
DECLARE
    v_ref text := 'T' || to_char(now(), 'YYYYMMDDHH24MISS');
BEGIN
    INSERT INTO movement (kind, product_id, location_id, quantity, reference)
    VALUES ('transfer', p_product, p_from, -p_quantity, v_ref),
           ('transfer', p_product, p_to, p_quantity, v_ref);
END $$;

-- The result of a count: books the difference and remembers the date.
CREATE PROCEDURE book_count(p_product integer, p_location integer, p_counted integer)
LANGUAGE plpgsql AS $$
DECLARE
    v_diff integer;
BEGIN
    SELECT p_counted - quantity INTO v_diff
      FROM stock WHERE product_id = p_product AND location_id = p_location;
    IF v_diff <> 0 THEN
        INSERT INTO movement (kind, product_id, location_id, quantity, reference)
        VALUES ('count', p_product, p_location, v_diff, 'count ' || current_date);
    END IF;
    UPDATE stock SET last_count = now()
     WHERE product_id = p_product AND location_id = p_location;
END $$;

COMMIT;

-- ---------------------------------------------------------------------------------------
-- Queries
-- ---------------------------------------------------------------------------------------

-- Q1: What has to be reordered? Runs every morning at 06:00.
SELECT p.sku, p.name, sum(s.quantity - s.reserved) AS available, p.reorder_qty
  FROM product p
  LEFT JOIN stock s ON s.product_id = p.id
 WHERE NOT p.discontinued
 GROUP BY p.id
HAVING sum(s.quantity - s.reserved) < p.reorder_point
 ORDER BY p.sku;

-- Q2: Turnover per product in the last 90 days, with the share of the total and the running share
-- (class A up to 80 %, B up to 95 %, C the rest).
WITH sold AS (
    SELECT m.product_id, -sum(m.quantity) AS units,
           -sum(m.quantity) * p.price_cents / 100 AS turnover
      FROM movement m JOIN product p ON p.id = m.product_id
     WHERE m.kind = 'pick' AND m.booked_at > now() - interval '90 days'
     GROUP BY m.product_id, p.price_cents
), ranked AS (
    SELECT *, sum(turnover) OVER (ORDER BY turnover DESC) / sum(turnover) OVER () AS running
      FROM sold
)
SELECT p.sku, r.units, r.turnover, round(100 * r.running, 1) AS running_percent,
       CASE WHEN r.running <= 0.80 THEN 'A' WHEN r.running <= 0.95 THEN 'B' ELSE 'C' END AS class
  FROM ranked r JOIN product p ON p.id = r.product_id
 ORDER BY r.turnover DESC;

-- Q3: Picks per hour of yesterday, for the shift plan. The hours are those of the warehouse.
SELECT w.code, extract(hour FROM m.booked_at AT TIME ZONE w.time_zone) AS hour, count(*)
  FROM movement m
  JOIN location l ON l.id = m.location_id
  JOIN warehouse w ON w.id = l.warehouse_id
 WHERE m.kind = 'pick' AND m.booked_at::date = current_date - 1
 GROUP BY 1, 2
 ORDER BY 1, 2;

-- Q4: Does the summary agree with the movements? Must return no row. Takes about 4 minutes.
SELECT product_id, location_id, s.quantity AS summary, m.total AS movements
  FROM stock s
  FULL JOIN (SELECT product_id, location_id, sum(quantity) AS total
               FROM movement GROUP BY 1, 2) m USING (product_id, location_id)
 WHERE s.quantity <> m.total;

-- Q5: Shelves that should be counted next: never counted, or not for half a year, valuable first.
SELECT l.aisle || '-' || l.rack || '-' || l.shelf AS shelf, p.sku,
       s.quantity * p.price_cents / 100.0 AS value, s.last_count
  FROM stock s
  JOIN product p ON p.id = s.product_id
  JOIN location l ON l.id = s.location_id
 WHERE s.last_count < now() - interval '6 months'
 ORDER BY value DESC
 LIMIT 200;
