import { connectDedicated } from '../connection/dedicated-connection.ts';
import { DatabaseError } from '../connection/database-error.ts';

/** duplicate_database, and unique_violation where both got past the server's own look. */
const alreadyThere = new Set(['42P04', '23505']);

export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const connection = await connectDedicated({ url: serverUrl });
  try {
    const found = await connection.session.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      name,
    ]);
    if (found.length === 0) await connection.session.execute(`CREATE DATABASE ${name}`);
  } catch (error) {
    // Another process started at the same moment.
    if (!(error instanceof DatabaseError) || !alreadyThere.has(error.code)) throw error;
  } finally {
    await connection.close();
  }
}
