-- Why a file that was seen is not received, as staff read it.
ALTER TABLE incoming ADD COLUMN reason TEXT NOT NULL DEFAULT '';
