// Run once after all test files (.taprc).
import { removeOwnTemplates } from './own-template.ts'
import { removeTestPostgres } from './postgres.ts'

const { TEST_DATABASE_URL } = process.env
if (TEST_DATABASE_URL === undefined) await removeTestPostgres()
else await removeOwnTemplates(TEST_DATABASE_URL)
