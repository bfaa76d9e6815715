// Run once after all test files (.taprc).
import { removeTestPostgres } from './postgres.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) await removeTestPostgres()
