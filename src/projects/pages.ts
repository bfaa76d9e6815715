// Lists in pages: see src/pages.ts.
export { ERRORS, nextOf, PageQuery } from '../pages.ts'
