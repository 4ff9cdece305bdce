# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_aster_exporter_global_optspecs
    string join \n config.file= config.check web.listen-address= web.telemetry-path= web.enable-lifecycle web.config.file= web.max-requests= web.systemd-socket web.disable-exporter-metrics timeout-offset= collection.mode= collector.balance no-collector.balance collector.account no-collector.account collector.positions no-collector.positions collector.orders no-collector.orders collector.trades no-collector.trades collector.income no-collector.income collector.market no-collector.market collector.positions.all-symbols collector.balance.all-assets ledger.path= shard= log.level= log.format= h/help V/version
end

function __fish_aster_exporter_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_aster_exporter_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_aster_exporter_using_subcommand
    set -l cmd (__fish_aster_exporter_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -s V -l version -d 'Print version'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "demo" -d 'Serve a simulated exchange: no keys, no network'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "check" -d 'Try the configuration: one request of each kind, and what to do about those that fail'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "once" -d 'Collect once, print the metrics, and end'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "healthcheck" -d 'Ask a running exporter whether it is well: 0 if it is, else 1'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "ledger" -d 'The ledger of income and trades: what it holds, and what another one held'
complete -c aster-exporter -n "__fish_aster_exporter_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l port -d 'The port of the metrics page on loopback, unless --web.listen-address names another place; 0 chooses a free one' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l seed -d 'The market moves in the same way for the same seed' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l speed -d 'How many times faster than real time the market moves' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l offline -d 'Stop after reading the configuration; send nothing'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand once" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand healthcheck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -f -a "export" -d 'Print records, or the counters as they would have been scraped, or a whole account; also while an exporter runs'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -f -a "import" -d 'Take accounts in from an export of another ledger, while no exporter uses this one'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and not __fish_seen_subcommand_from export import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l account -d 'The account, by its name in the configuration' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l kind -d 'Which records; a whole account has all' -r -f -a "income\t'Records of income'
trades\t'Records of trades'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l format -d 'How they are written' -r -f -a "csv\t'Comma-separated values, with a line of names'
jsonl\t'One JSON object a line; amounts are strings, exact. Without `--kind`, a whole account, for `ledger import`'
openmetrics\t'The counters as they would have been scraped, for `promtool tsdb create-blocks-from openmetrics`'
sqlite\t'A ledger of its own that holds this account alone, for `ledger import`'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l from -d 'The time of the first record (or sample), such as 2026-11-01 or 2026-11-01T12:00:00Z [default: the ledger\'s start]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l to -d 'The time after the last record (or sample) [default: now]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l step -d 'Between two samples; openmetrics only' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l label -d 'A label that Prometheus adds when it scrapes, such as instance=localhost:10099 or job=aster; repeatable, openmetrics only' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l output -d 'The new file; sqlite only' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l account -d 'This account alone [default: all that the file has]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l config.file -d 'The configuration file' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.listen-address -d 'Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.telemetry-path -d 'The path of the metrics page [default: /metrics]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.config.file -d 'A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.max-requests -d 'Requests served at a time, more get 503; 0 is no limit [default: 40]' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l timeout-offset -d 'Seconds kept back from the scrape\'s time-out' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collection.mode -d 'Collect on timers, or at each scrape [default: interval]' -r -f -a "interval\t'Each collector on its own timer'
scrape\t'At each scrape'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l ledger.path -d 'The file in which records of income and trades are kept [default: data/ledger.db]' -r -F
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l shard -d 'Watch a part of the accounts: this is process N of M, counted from 0; the accounts\' names decide' -r
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l log.level -d 'The least important messages that are logged' -r -f -a "error\t'What must be mended'
warn\t'What went wrong and is tried again'
info\t'What changed; a healthy exporter is silent'
debug\t'Each collection'
trace\t'Everything'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l log.format -d 'How messages are written' -r -f -a "logfmt\t'key=value pairs'
json\t'One JSON object a line'"
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l config.check -d 'Read the configuration, say what is wrong with it, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.enable-lifecycle -d 'Let POST /-/reload read the configuration again, as SIGHUP does'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.systemd-socket -d 'Take the listening sockets from systemd'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l web.disable-exporter-metrics -d 'Leave out the metrics of the process itself (`process_*`)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.balance -d 'Collect balances by asset [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.balance -d 'Don\'t: collect balances by asset'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.account -d 'Collect the account\'s totals and margins [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.account -d 'Don\'t: collect the account\'s totals and margins'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.positions -d 'Collect positions [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.positions -d 'Don\'t: collect positions'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.orders -d 'Collect open orders [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.orders -d 'Don\'t: collect open orders'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.trades -d 'Collect trades into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.trades -d 'Don\'t: collect trades into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.income -d 'Collect income into the ledger [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.income -d 'Don\'t: collect income into the ledger'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.market -d 'Collect mark prices and funding, unsigned [default: on]'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l no-collector.market -d 'Don\'t: collect mark prices and funding, unsigned'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.positions.all-symbols -d 'Expose positions of size zero too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -l collector.balance.all-assets -d 'Expose empty assets too'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print records, or the counters as they would have been scraped, or a whole account; also while an exporter runs'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take accounts in from an export of another ledger, while no exporter uses this one'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand ledger; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "demo" -d 'Serve a simulated exchange: no keys, no network'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "check" -d 'Try the configuration: one request of each kind, and what to do about those that fail'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "once" -d 'Collect once, print the metrics, and end'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "healthcheck" -d 'Ask a running exporter whether it is well: 0 if it is, else 1'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "ledger" -d 'The ledger of income and trades: what it holds, and what another one held'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and not __fish_seen_subcommand_from demo check once healthcheck ledger help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and __fish_seen_subcommand_from ledger" -f -a "export" -d 'Print records, or the counters as they would have been scraped, or a whole account; also while an exporter runs'
complete -c aster-exporter -n "__fish_aster_exporter_using_subcommand help; and __fish_seen_subcommand_from ledger" -f -a "import" -d 'Take accounts in from an export of another ledger, while no exporter uses this one'
