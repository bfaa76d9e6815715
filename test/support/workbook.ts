// Small Excel workbooks, part by part.
import { zipOf } from './zip.ts'

/** Of a workbook with one sheet. */
export function workbookParts(sheet: string): Record<string, string> {
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  return {
    '_rels/.rels': `<Relationships><Relationship Id="r" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${office}"><sheets><sheet name="One" r:id="s1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="s1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': sheet,
  }
}

/** rows: XML of the sheet's rows. rest: what comes behind them. */
export function workbook(rows: string, rest: string): Buffer {
  return zipOf(workbookParts(`<worksheet><sheetData>${rows}</sheetData>${rest}</worksheet>`))
}
