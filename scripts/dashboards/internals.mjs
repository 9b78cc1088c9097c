import {
  dashboard,
  graph,
  none,
  promql,
  promqlNow,
  redBelow,
  redFrom,
  stat,
  yellowThenRed,
} from './kit.mjs';
import { metric, perMinute, quantile, rate } from './promql.mjs';
import { instance, job, sources } from './variables.mjs';

const here = 'instance=~"$instance"';
/** @type {(name: string, more?: string) => string} */
const of = (name, more = '') => metric(name, more === '' ? here : `${here}, ${more}`);

export const internals = () =>
  dashboard({
    uid: 'envigate-internals',
    title: 'Bên trong hệ thống · Service internals',
    description:
      'Hàng đợi, nhật ký sự kiện, cơ sở dữ liệu, tiến trình. · Spool, event log, database, processes.',
    from: 'now-3h',
    refresh: '30s',
    variables: [...sources, job, instance],
    rows: [
      {
        height: 5,
        panels: [
          stat({
            title: 'Tiến trình · Processes up',
            description: 'Số tiến trình trả lời Prometheus. · Processes that answer Prometheus.',
            width: 4,
            unit: 'short',
            thresholds: redBelow(1),
            queries: [promqlNow(`sum(${of('up')})`, 'đang chạy · up')],
          }),
          stat({
            title: 'Hàng đợi chờ lâu nhất · Spool: oldest file',
            description:
              'Tuổi của tệp chưa vào nhật ký sự kiện lâu nhất. · Age of the oldest file not handed over to the event log.',
            width: 4,
            unit: 's',
            thresholds: yellowThenRed(30, 300),
            queries: [
              promqlNow(`max(${of('envigate_spool_oldest_waiting_seconds')})`, 'tuổi · age'),
            ],
          }),
          stat({
            title: 'Hàng đợi còn chỗ · Spool: room',
            description:
              'Hết chỗ thì datalogger nhận 452 và giữ lại tệp. · At 0 loggers are answered 452 and keep their files.',
            width: 4,
            unit: 'bytes',
            thresholds: redBelow(1e9),
            queries: [promqlNow(`min(${of('envigate_spool_room_bytes')})`, 'còn · left')],
          }),
          stat({
            title: 'Đĩa còn trống · Data disk: free',
            description:
              'Đĩa của dataDir, trong đó có cơ sở dữ liệu đi kèm. · The disk of dataDir, with the embedded database.',
            width: 4,
            unit: 'bytes',
            thresholds: redBelow(5e9),
            queries: [promqlNow(`min(${of('envigate_data_disk_free_bytes')})`, 'trống · free')],
          }),
          stat({
            title: 'Chứng chỉ FTPS còn hạn · Certificate of FTPS',
            description: 'Thời gian đến khi chứng chỉ hết hạn. · Time until it expires.',
            width: 4,
            unit: 's',
            noValue: 'không dùng FTPS · no FTPS',
            thresholds: redBelow(14 * 86_400),
            queries: [
              promqlNow(
                `min(${of('envigate_ftp_certificate_expiry_timestamp_seconds')}) - time()`,
                'còn · left',
              ),
            ],
          }),
          stat({
            title: 'Đồng hồ cơ sở dữ liệu · Clock of the database',
            description:
              "Lệch so với máy này; quá vài giây là một trong hai sai. · Less this machine's; more than some seconds is wrong on one of them.",
            width: 4,
            unit: 's',
            noValue: none,
            thresholds: yellowThenRed(2, 10),
            queries: [
              promqlNow(
                `max(abs(${of('envigate_database_clock_offset_seconds')}))`,
                'lệch · offset',
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Nhật ký sự kiện: còn chờ · Event log: lag',
            description:
              'Thông điệp mà mỗi nhóm chưa nhận. · Records that each group has not taken yet.',
            width: 12,
            unit: 'short',
            queries: [
              promql(
                `max by (consumer, stream) (${of('envigate_event_log_lag_records')})`,
                '{{consumer}} · {{stream}}',
              ),
            ],
          }),
          graph({
            title: 'Nhật ký sự kiện: đã xử lý · Event log: records',
            description: 'Thông điệp mỗi giây theo nhóm. · Records per second by group.',
            width: 12,
            unit: 'ops',
            queries: [
              promql(
                rate('envigate_event_log_records_total', 'group, stream', here),
                '{{group}} · {{stream}}',
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Hàng đợi · Spool',
            description: 'Tệp chưa vào nhật ký sự kiện. · Files not handed over yet.',
            width: 8,
            unit: 'short',
            queries: [promql(`sum(${of('envigate_spool_waiting_files')})`, 'tệp · files')],
          }),
          graph({
            title: 'Ghi đĩa và giao dịch · Disk and transactions',
            description:
              "99% không quá: ghi một nhóm vào hàng đợi, đưa vào nhật ký sự kiện, giao dịch ghi sổ. · 99 % within: a group into the spool, into the event log, the recorder's transaction.",
            width: 8,
            unit: 's',
            queries: [
              promql(quantile(0.99, 'envigate_spool_commit_seconds', '', here), 'hàng đợi · spool'),
              promql(
                quantile(0.99, 'envigate_publish_latency_seconds', '', here),
                'nhật ký sự kiện · event log',
              ),
              promql(
                quantile(0.99, 'envigate_recorder_transaction_seconds', '', here),
                'ghi sổ · recorder',
              ),
            ],
          }),
          graph({
            title: 'Bảng theo dõi trả lời · Console answers',
            description: '99% không quá, theo loại câu hỏi. · 99 % within, by operation.',
            width: 8,
            unit: 's',
            queries: [
              promql(
                `topk(10, ${quantile(0.99, 'envigate_console_answer_seconds', 'operation', here)})`,
                '{{operation}}',
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Bộ xử lý · CPU',
            description: 'Số nhân CPU mỗi tiến trình dùng. · Cores that each process uses.',
            width: 8,
            unit: 'short',
            queries: [promql(rate('process_cpu_seconds_total', 'instance', here), '{{instance}}')],
          }),
          graph({
            title: 'Bộ nhớ · Memory',
            description: 'Bộ nhớ thực của mỗi tiến trình. · Resident memory of each process.',
            width: 8,
            unit: 'bytes',
            queries: [promql(of('process_resident_memory_bytes'), '{{instance}}')],
          }),
          graph({
            title: 'Vòng lặp sự kiện trễ · Event-loop delay',
            description:
              '99% không quá: tiến trình bận bao lâu trước khi trả lời. · 99 % within: how long a process is busy before it answers.',
            width: 8,
            unit: 's',
            queries: [promql(of('nodejs_eventloop_lag_p99_seconds'), '{{instance}}')],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Đăng nhập · Logins',
            description:
              'Mỗi phút: thành công, và bị từ chối theo lý do. · Per minute: accepted, and refused by reason.',
            width: 8,
            unit: 'cpm',
            queries: [
              promql(
                perMinute('envigate_logins_total', 'protocol', here),
                'thành công {{protocol}} · accepted {{protocol}}',
              ),
              promql(
                perMinute('envigate_logins_refused_total', 'reason', here),
                'từ chối {{reason}} · refused {{reason}}',
              ),
            ],
          }),
          graph({
            title: 'Địa chỉ bị cấm · Banned senders',
            description:
              'Địa chỉ đang bị cấm vì dò mật khẩu. · Addresses that are banned now for guessing.',
            width: 8,
            unit: 'short',
            queries: [promql(`sum(${of('envigate_banned_senders')})`, 'địa chỉ · addresses')],
          }),
          graph({
            title: 'Thay đổi danh mục · Changes of the registry',
            description:
              'Phiên bản danh mục mà mỗi tiến trình dùng; lệch nhau lâu là có tiến trình không đọc được. · Revision that each process works by; where they differ for long, one cannot read it.',
            width: 8,
            unit: 'none',
            queries: [promql(of('envigate_registry_revision'), '{{instance}}')],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Lỗi khi gọi cơ sở dữ liệu · Calls of the database that failed',
            description:
              'Mỗi phút, mọi dịch vụ; mỗi lần gọi được lặp lại. · Per minute, of all services; each call is repeated.',
            width: 8,
            unit: 'cpm',
            queries: [
              promql(perMinute('envigate_assessor_store_failures_total', '', here), 'assessor'),
              promql(perMinute('envigate_forwarder_store_failures_total', '', here), 'forwarder'),
              promql(perMinute('envigate_notifier_store_failures_total', '', here), 'notifier'),
            ],
          }),
          graph({
            title: 'Nhật ký sự kiện: lặp lại và để riêng · Event log: retries and poison',
            description:
              'Mỗi phút: lô thử lại, thông điệp để riêng, lô nhường tiến trình khác. · Per minute: batches tried again, records put aside, batches given up to another process.',
            width: 8,
            unit: 'cpm',
            queries: [
              promql(perMinute('envigate_event_log_retries_total', '', here), 'thử lại · retried'),
              promql(
                perMinute('envigate_event_log_poison_total', '', here),
                'để riêng · put aside',
              ),
              promql(perMinute('envigate_event_log_fenced_total', '', here), 'nhường · given up'),
            ],
          }),
          graph({
            title: 'Chỉ số không đọc được · Gauges that could not be read',
            description:
              'Số lần lấy số liệu thiếu chỉ số, mỗi phút. · Scrapes that a gauge was left out of, per minute.',
            width: 8,
            unit: 'cpm',
            queries: [
              promql(
                `topk(10, ${perMinute('envigate_gauge_failures_total', 'gauge', here)})`,
                '{{gauge}}',
              ),
            ],
          }),
        ],
      },
      {
        height: 5,
        panels: [
          stat({
            title: 'Tháng đã chuẩn bị · Months ahead',
            description:
              'Số tháng tới đã có phân vùng; dưới 1 phải xử lý. · Months to come that have their partitions; below 1 somebody has to act.',
            width: 8,
            unit: 'short',
            noValue: none,
            thresholds: redBelow(1),
            queries: [promqlNow(`min(${of('envigate_record_months_ahead')})`, 'tháng · months')],
          }),
          stat({
            title: 'Tháng chờ lưu trữ · Months to be archived',
            description:
              'Cũ hơn thời gian giữ và chưa lưu trữ: envigate archive --due. · Older than they are kept and not archived: envigate archive --due.',
            width: 8,
            unit: 'short',
            noValue: none,
            thresholds: redFrom(1),
            queries: [
              promqlNow(`max(${of('envigate_record_months_due_for_archive')})`, 'tháng · months'),
            ],
          }),
          stat({
            title: 'Cổng không nhận được tệp · Doors that take no files',
            description:
              'Cổng không nhận được tệp ở lần kiểm tra gần nhất. · Doors that could not take files at the last beat.',
            width: 8,
            unit: 'short',
            thresholds: redFrom(1),
            queries: [
              promqlNow(`count(${of('envigate_reception_door_available')} == 0)`, 'cổng · doors'),
            ],
            noValue: none,
          }),
        ],
      },
    ],
  });
