export { renderCsv, type CsvOptions } from './csv.ts';
export { renderHtml, type RenderedPage } from './html.ts';
export { renderXlsx } from './xlsx.ts';
export { contentTypes, reportFormats, type ReportFormat } from './formats.ts';
