import type { Registry, Station } from '@envigate/contracts';

export interface SimulatedParameter {
  readonly code: string;
  /** As this station's logger writes it. */
  readonly symbol: string;
  readonly unit: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** A station and its logger. */
export interface SimulatedStation {
  readonly code: string;
  readonly account: string;
  readonly protocol: 'ftp' | 'sftp';
  readonly filePrefix: string;
  readonly utcOffsetMinutes: number;
  /** Folders as the logger makes them: one per day, or none. */
  readonly layout: 'yyyy/MM/dd' | 'flat';
  readonly parameters: readonly SimulatedParameter[];
}

/** Every station that an enabled account may send for; protocols and layouts take turns. */
export function stationsOf(registry: Registry): SimulatedStation[] {
  const parameters = new Map(registry.parameters.map((parameter) => [parameter.code, parameter]));
  const stations = new Map(registry.stations.map((station) => [station.code, station]));
  return registry.accounts
    .filter((account) => account.disabled !== true)
    .flatMap((account, place) =>
      account.stations.flatMap((code) => {
        const station = stations.get(code);
        return station === undefined ? [] : [{ account: account.code, place, station }];
      }),
    )
    .map(({ account, place, station }) => ({
      code: station.code,
      account,
      // A session speaks one protocol, and an account has one session.
      protocol: place % 2 === 0 ? 'ftp' : 'sftp',
      filePrefix: station.filePrefixes?.[0] ?? station.code,
      utcOffsetMinutes: station.utcOffsetMinutes ?? 420,
      layout: place % 3 === 1 ? 'flat' : 'yyyy/MM/dd',
      parameters: (station.parameters ?? []).flatMap((own) => {
        const parameter = parameters.get(own.parameter);
        if (parameter === undefined) return [];
        return [simulatedParameter(own, parameter.symbol, parameter.unit)];
      }),
    }));
}

type StationParameter = NonNullable<Station['parameters']>[number];

function simulatedParameter(
  own: StationParameter,
  symbol: string,
  catalogueUnit: string,
): SimulatedParameter {
  const unit = own.unit ?? catalogueUnit;
  return {
    code: own.parameter,
    symbol: own.mapping ?? symbol,
    unit: loggerUnits[unit] ?? unit,
    min: own.min,
    max: own.max,
  };
}

/** How loggers spell units that are not ASCII. */
const loggerUnits: Readonly<Record<string, string>> = {
  '': '-',
  '°C': 'oC',
  'µg/m3': 'ug/m3',
  'µg/Nm3': 'ug/Nm3',
  'µS/cm': 'uS/cm',
};
