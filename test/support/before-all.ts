// Run once before all test files (.taprc): the server must not be created by several of them at a time.
import { removeAbandoned, testPostgres } from './postgres.ts'

if (process.env['TEST_DATABASE_URL'] === undefined) {
  await removeAbandoned()
  await testPostgres()
}
