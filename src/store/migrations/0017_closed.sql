-- Deliveries of which no document comes, dealt with by a person in another way (対応済): out of the counts and the alarm, never out of
-- the lists. What is read again is open again.
ALTER TABLE delivery ADD COLUMN closed_at BIGINT;
ALTER TABLE delivery ADD COLUMN closed_by TEXT REFERENCES account (id);
-- What needs people is counted for every page, and must not grow with what they have dealt with.
DROP INDEX delivery_state;
CREATE INDEX delivery_state ON delivery (state, received_at, id) WHERE closed_at IS NULL;
CREATE INDEX delivery_closed ON delivery (received_at, id) WHERE closed_at IS NOT NULL;
