-- Remote sites that files are fetched from, and folders that other servers put files into.
ALTER TABLE registry_items
  DROP CONSTRAINT registry_items_kind_check,
  ADD CONSTRAINT registry_items_kind_check CHECK (
    kind IN ('facility', 'parameter', 'station', 'account', 'target', 'remote-site', 'drop-folder')
  );
