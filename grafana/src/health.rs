//! *Exporter health*: is what the other boards show good and fresh, and what does it cost.

use super::board::{Board, Row};
use super::panel::{BAD, GOOD, PLAIN, Panel, WARN, gauge, stat, timeseries};
use super::table::{table, unit, words};

pub fn board() -> Board {
    Board {
        uid: "aster-health",
        title: "Aster / Exporter health",
        description: "Whether the exporter's data is good and fresh, why not, and how much of the exchange's limits it uses.",
        from: "now-6h",
        symbols: None,
        rows: vec![
            Row::new("Now", now()),
            Row::new("Collectors", collectors()),
            Row::new("Requests", requests()),
            Row::new("Keys, ledger and process", process()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let small = |title, description, query: &str| {
        stat(title, description)
            .query(query, "")
            .option("graphMode", "none")
            .size(4, 4)
    };
    vec![
        small("Exporters", "Whether Prometheus can scrape every exporter.", "min(aster_exporter:up{#})")
            .unit("none")
            .words(&[(1, "all up", GOOD), (0, "down", BAD)]),
        small("Accounts", "Whether every collector of every account succeeds.", "min(aster_up{@})")
            .unit("none")
            .words(&[(1, "all good", GOOD), (0, "failing", BAD)]),
        small("Oldest data", "Age of the oldest good data of any collector.", "max(aster_collector:data_age:seconds{~})")
            .unit("s")
            .decimals(0)
            .thresholds(GOOD, &[(90.0, WARN), (900.0, BAD)]),
        small(
            "Requests held back",
            "For how long the exporter sends nothing, after the exchange refused (429, 418 or 403).",
            "max(aster_api_blocked_until_timestamp_seconds{#} - time() > 0)",
        )
        .unit("s")
        .decimals(0)
        .thresholds(BAD, &[])
        .nothing("no"),
        small("Clock offset", "The exchange's clock less this machine's. Beyond a few seconds signed requests are refused.", "max(abs(aster_clock_offset_seconds{#}))")
            .unit("s")
            .thresholds(GOOD, &[(1.0, WARN), (5.0, BAD)]),
        small("Configuration", "Whether the configuration was last read without an error.", "min(aster_exporter_config_last_reload_successful{#})")
            .unit("none")
            .words(&[(1, "good", GOOD), (0, "has an error", BAD)]),
    ]
}

fn collectors() -> Vec<Panel> {
    let of_collector = |query: &str| format!("max by (account, collector) ({query})");
    vec![
        table(
            "Collectors",
            "Age of the newest good data, oldest first; how often the collector is due, as configured or as the budget allows; when the last collection began (a large number is one that hangs), and how long it took. The collector market belongs to no account.",
            &[("account", "Account"), ("collector", "Collector")],
        )
        .column("State", &of_collector("aster_collector_success{~}"), words(&[(1, "good", GOOD), (0, "failing", BAD)]))
        .column(
            "Age",
            "min by (account, collector) (aster_collector:data_age:seconds{~})",
            unit("s").decimals(0).filled(GOOD, &[(90.0, WARN), (900.0, BAD)]),
        )
        .column("Every", "max by (account, collector) (aster_collector_interval_seconds{~})", unit("s").decimals(0))
        .column("Last attempt", "min by (account, collector) (time() - aster_collector_last_attempt_timestamp_seconds{~})", unit("s").decimals(0))
        .column("Took", &of_collector("aster_collector_duration_seconds{~}"), unit("s").decimals(2))
        .column("Skipped, 1 h", "sum by (account, collector) (increase(aster_collector_skipped_total{~}[1h]))", unit("none").decimals(0).colored(PLAIN, &[(1.0, WARN)]))
        .sorted("Age", true)
        .size(12, 10),
        timeseries(
            "Age of data in intervals",
            "How old data became, over the interval of its collector; of each collector, of the account where it was oldest. After 3 intervals, unless `stale_after` says otherwise, it is no longer shown.",
        )
        .query(
            "max by (collector) (min by (account, collector) (max_over_time(aster_collector:data_age:seconds{~}[$__rate_interval]) / aster_collector:interval:seconds{~}))",
            "{{collector}}",
        )
        .unit("none")
        .decimals(0)
        .min(0.0)
        .soft_max(4.0)
        .thresholds(GOOD, &[(3.0, BAD)])
        .threshold_lines()
        .size(12, 10),
        timeseries("Duration of collections", "The longest of each collector, of the account where it took longest.")
            .query("max by (collector) (max_over_time(aster_collector_duration_seconds{~}[$__rate_interval]))", "{{collector}}")
            .unit("s")
            .min(0.0)
            .size(8, 8),
        timeseries(
            "Skipped collections",
            "Due but not run, a minute: blocked by a refusal, no budget left, or the one before still ran. Ended by a mistake of the exporter: please report it.",
        )
        .query("60 * sum by (reason) (rate(aster_collector_skipped_total{~}[$__rate_interval]))", "{{reason}}")
        .query("60 * sum(rate(aster_collector_panics_total{~}[$__rate_interval]))", "mistake")
        .paint("mistake", "purple")
        .unit("opm")
        .min(0.0)
        .soft_max(1.0)
        .paint("blocked", "red")
        .paint("budget", "orange")
        .paint("overrun", "yellow")
        .size(8, 8),
        timeseries("Failing collectors", "How many collectors of all accounts do not succeed.")
            .query("count by (collector) (aster_collector_success{~} == 0) or 0 * count by (collector) (aster_collector_success{~})", "{{collector}}")
            .unit("none")
            .decimals(0)
            .min(0.0)
            .soft_max(1.0)
            .steps()
            .size(8, 8),
    ]
}

fn requests() -> Vec<Panel> {
    vec![
        gauge(
            "Weight used of the limit",
            "Request weight that this IP used in the current minute, by anybody, over the exchange's limit. Beyond it the exchange refuses, then bans.",
        )
        .query("max(aster_api_used_weight{#} / (aster_api_weight_limit{#} > 0))", "")
        .unit("percentunit")
        .min(0.0)
        .max(1.0)
        .thresholds(GOOD, &[(0.6, WARN), (0.8, BAD)])
        .size(5, 8),
        timeseries(
            "Weight a minute",
            "Used by this IP, the exchange's limit, and the budget that the exporter keeps to.",
        )
        .query("max(aster_api_used_weight{#})", "used by this IP")
        .query("60 * sum(rate(aster_api_weight_spent_total{~}[$__rate_interval]))", "spent by the exporter")
        .query("max(aster_api_weight_budget{#})", "budget")
        .query("max(aster_api_weight_limit{#})", "limit")
        .unit("none")
        .decimals(0)
        .min(0.0)
        .paint("used by this IP", "blue")
        .paint("spent by the exporter", "green")
        .paint("budget", "orange")
        .paint("limit", "red")
        .dashed("budget")
        .dashed("limit")
        .size(10, 8),
        timeseries("Weight spent by endpoint", "A minute, by this exporter.")
            .query("60 * sum by (endpoint) (rate(aster_api_weight_spent_total{~}[$__rate_interval]))", "{{endpoint}}")
            .unit("none")
            .decimals(0)
            .min(0.0)
            .stacked()
            .size(9, 8),
        timeseries("Requests by status", "Requests a minute by HTTP status; timeout, connect and body had no whole answer.")
            .query("60 * sum by (status) (rate(aster_api_requests_total{~}[$__rate_interval]))", "{{status}}")
            .unit("opm")
            .min(0.0)
            .stacked()
            .paint("200", "green")
            .size(8, 8),
        timeseries("Errors by kind", "Errors a minute, by what one can do about them.")
            .query("60 * sum by (kind) (rate(aster_api_errors_total{~}[$__rate_interval]))", "{{kind}}")
            .unit("opm")
            .min(0.0)
            .soft_max(1.0)
            .size(8, 8),
        timeseries("Duration of requests", "Time within which half and 95 % of the requests were answered.")
            .query("histogram_quantile(0.5, sum by (le) (rate(aster_api_request_duration_seconds_bucket{#}[$__rate_interval])))", "median")
            .query("histogram_quantile(0.95, sum by (le) (rate(aster_api_request_duration_seconds_bucket{#}[$__rate_interval])))", "95 %")
            .unit("s")
            .min(0.0)
            .paint("median", "blue")
            .paint("95 %", "orange")
            .size(8, 8),
    ]
}

fn process() -> Vec<Panel> {
    let may = |permission: &str| {
        format!(r#"max by (account) (aster_agent_permission{{@, permission="{permission}"}})"#)
    };
    let allowed = || words(&[(1, "yes", WARN), (0, "no", GOOD)]);
    vec![
        table(
            "Agent keys",
            "Until when the key works and what it may do. An exporter needs to read and nothing else.",
            &[("account", "Account")],
        )
        .column(
            "Ends in",
            "min by (account) (aster_agent_expiry_timestamp_seconds{@}) - time()",
            unit("s").decimals(1).colored(BAD, &[(86_400.0, WARN), (604_800.0, GOOD)]),
        )
        .column("Read", &may("read"), words(&[(1, "yes", GOOD), (0, "no", BAD)]))
        .column("Trade perps", &may("perp_trade"), allowed())
        .column("Trade spot", &may("spot_trade"), allowed())
        .column("Withdraw", &may("withdraw"), words(&[(1, "yes", BAD), (0, "no", GOOD)]))
        .sorted("Ends in", false)
        .size(12, 7),
        table(
            "Ledger",
            "Since when the sums of income and trades count, how many records are kept, how much of the first import is done, and what is doubtful: moments of which the exchange gave out too few records, and records that it later told differently.",
            &[("account", "Account")],
        )
        .column("Begins", "1000 * min by (account) (aster_ledger_start_timestamp_seconds{@})", unit("dateTimeAsIso"))
        .column("Income", r#"max by (account) (aster_ledger_records{@, kind="income"})"#, unit("none"))
        .column("Trades", r#"max by (account) (aster_ledger_records{@, kind="trade"})"#, unit("none"))
        .column("Imported", "min by (account) (aster_ledger_import_progress_ratio{@})", unit("percentunit").decimals(0).colored(WARN, &[(1.0, GOOD)]))
        .column("Gaps", "max by (account) (aster_ledger_income_gaps{@})", unit("none").colored(PLAIN, &[(1.0, BAD)]))
        .column("Conflicts", "sum by (account) (max by (account, kind) (aster_ledger_conflicting_records{@}))", unit("none").colored(PLAIN, &[(1.0, WARN)]))
        .sorted("Account", false)
        .size(12, 7),
        table(
            "Exporters",
            "What runs where, since when, and when its configuration was read.",
            &[("instance", "Instance")],
        )
        .label("Version", "max by (instance, version, revision) (aster_exporter_build_info{#})", "version")
        .label("Revision", "max by (instance, version, revision) (aster_exporter_build_info{#})", "revision")
        .column("Runs for", "time() - max by (instance) (process_start_time_seconds{#} and on (job, instance) aster_exporter_build_info{#})", unit("s").decimals(1))
        .column("Configuration read", "time() - max by (instance) (aster_exporter_config_last_reload_success_timestamp_seconds{#})", unit("s").decimals(1))
        .sorted("Instance", false)
        .size(12, 7),
        timeseries("CPU", "Of the exporter's process, in cores.")
            .query("max by (instance) (rate(process_cpu_seconds_total{#}[$__rate_interval]) and on (job, instance) aster_exporter_build_info{#})", "{{instance}}")
            .unit("none")
            .min(0.0)
            .size(6, 7),
        timeseries("Memory", "Resident memory of the exporter's process.")
            .query("max by (instance) (process_resident_memory_bytes{#} and on (job, instance) aster_exporter_build_info{#})", "{{instance}}")
            .unit("bytes")
            .min(0.0)
            .size(6, 7),
    ]
}
