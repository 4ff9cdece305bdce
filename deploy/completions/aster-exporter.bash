_aster__exporter() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="aster__exporter"
                ;;
            aster__exporter,check)
                cmd="aster__exporter__subcmd__check"
                ;;
            aster__exporter,demo)
                cmd="aster__exporter__subcmd__demo"
                ;;
            aster__exporter,healthcheck)
                cmd="aster__exporter__subcmd__healthcheck"
                ;;
            aster__exporter,help)
                cmd="aster__exporter__subcmd__help"
                ;;
            aster__exporter,ledger)
                cmd="aster__exporter__subcmd__ledger"
                ;;
            aster__exporter,once)
                cmd="aster__exporter__subcmd__once"
                ;;
            aster__exporter__subcmd__help,check)
                cmd="aster__exporter__subcmd__help__subcmd__check"
                ;;
            aster__exporter__subcmd__help,demo)
                cmd="aster__exporter__subcmd__help__subcmd__demo"
                ;;
            aster__exporter__subcmd__help,healthcheck)
                cmd="aster__exporter__subcmd__help__subcmd__healthcheck"
                ;;
            aster__exporter__subcmd__help,help)
                cmd="aster__exporter__subcmd__help__subcmd__help"
                ;;
            aster__exporter__subcmd__help,ledger)
                cmd="aster__exporter__subcmd__help__subcmd__ledger"
                ;;
            aster__exporter__subcmd__help,once)
                cmd="aster__exporter__subcmd__help__subcmd__once"
                ;;
            aster__exporter__subcmd__help__subcmd__ledger,export)
                cmd="aster__exporter__subcmd__help__subcmd__ledger__subcmd__export"
                ;;
            aster__exporter__subcmd__help__subcmd__ledger,import)
                cmd="aster__exporter__subcmd__help__subcmd__ledger__subcmd__import"
                ;;
            aster__exporter__subcmd__ledger,export)
                cmd="aster__exporter__subcmd__ledger__subcmd__export"
                ;;
            aster__exporter__subcmd__ledger,help)
                cmd="aster__exporter__subcmd__ledger__subcmd__help"
                ;;
            aster__exporter__subcmd__ledger,import)
                cmd="aster__exporter__subcmd__ledger__subcmd__import"
                ;;
            aster__exporter__subcmd__ledger__subcmd__help,export)
                cmd="aster__exporter__subcmd__ledger__subcmd__help__subcmd__export"
                ;;
            aster__exporter__subcmd__ledger__subcmd__help,help)
                cmd="aster__exporter__subcmd__ledger__subcmd__help__subcmd__help"
                ;;
            aster__exporter__subcmd__ledger__subcmd__help,import)
                cmd="aster__exporter__subcmd__ledger__subcmd__help__subcmd__import"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        aster__exporter)
            opts="-h -V --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help --version demo check once healthcheck ledger help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__check)
            opts="-h --offline --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__demo)
            opts="-h --port --seed --speed --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --speed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__healthcheck)
            opts="-h --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help)
            opts="demo check once healthcheck ledger help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__check)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__demo)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__healthcheck)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__ledger)
            opts="export import"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__ledger__subcmd__export)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__ledger__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__help__subcmd__once)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger)
            opts="-h --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help export import help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__export)
            opts="-h --account --kind --format --from --to --step --label --output --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --account)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --kind)
                    COMPREPLY=($(compgen -W "income trades" -- "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "csv jsonl openmetrics sqlite" -- "${cur}"))
                    return 0
                    ;;
                --from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --to)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --step)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --label)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__help)
            opts="export import help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__help__subcmd__export)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__help__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__ledger__subcmd__import)
            opts="-h --account --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --account)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        aster__subcmd__exporter__subcmd__once)
            opts="-h --config.file --config.check --web.listen-address --web.telemetry-path --web.enable-lifecycle --web.config.file --web.max-requests --web.systemd-socket --web.disable-exporter-metrics --timeout-offset --collection.mode --collector.balance --no-collector.balance --collector.account --no-collector.account --collector.positions --no-collector.positions --collector.orders --no-collector.orders --collector.trades --no-collector.trades --collector.income --no-collector.income --collector.market --no-collector.market --collector.positions.all-symbols --collector.balance.all-assets --ledger.path --shard --log.level --log.format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.listen-address)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.telemetry-path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.config.file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --web.max-requests)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout-offset)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --collection.mode)
                    COMPREPLY=($(compgen -W "interval scrape" -- "${cur}"))
                    return 0
                    ;;
                --ledger.path)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --shard)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log.level)
                    COMPREPLY=($(compgen -W "error warn info debug trace" -- "${cur}"))
                    return 0
                    ;;
                --log.format)
                    COMPREPLY=($(compgen -W "logfmt json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _aster__exporter -o nosort -o bashdefault -o default aster-exporter
else
    complete -F _aster__exporter -o bashdefault -o default aster-exporter
fi
