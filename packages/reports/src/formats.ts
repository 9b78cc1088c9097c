export const reportFormats = ['csv', 'xlsx', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const contentTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html; charset=utf-8',
} as const satisfies Readonly<Record<ReportFormat, string>>;
