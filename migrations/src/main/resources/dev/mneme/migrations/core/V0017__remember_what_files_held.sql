-- What the files of a memory held when it was written, so that recall can say whether it still
-- speaks of what is there: for each of `files_modified`, or of `files_read` where it changed none,
-- the name that git gives to such content. Empty text for a file that could not be read; an empty
-- list where nobody looked.
ALTER TABLE mem_observations
    ADD COLUMN file_hashes jsonb NOT NULL DEFAULT '[]',
    ADD CONSTRAINT file_hashes_bounded CHECK (
        jsonb_typeof(file_hashes) = 'array' AND jsonb_array_length(file_hashes) <= 20);
