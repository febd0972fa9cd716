/** Generated from docs/reference/openapi.json by "npm run generate"; not edited by hand. */
export interface paths {
    "/api/v1/consortia": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the consortia. */
        get: operations["ConsortiumController_list"];
        put?: never;
        /** Creates a consortium. */
        post: operations["ConsortiumController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a consortium. */
        get: operations["ConsortiumController_get"];
        put?: never;
        post?: never;
        /** Removes a consortium with all it holds; files stay. */
        delete: operations["ConsortiumController_remove"];
        options?: never;
        head?: never;
        /** Changes a consortium. */
        patch: operations["ConsortiumController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the environments of a consortium. */
        get: operations["EnvironmentController_list"];
        put?: never;
        /** Creates an environment; its backup is disabled at first. */
        post: operations["EnvironmentController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns an environment. */
        get: operations["EnvironmentController_get"];
        put?: never;
        post?: never;
        /** Removes an environment: runs and deliveries stop, files stay. */
        delete: operations["EnvironmentController_remove"];
        options?: never;
        head?: never;
        /** Changes an environment. */
        patch: operations["EnvironmentController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the backup configuration with its next runs. */
        get: operations["BackupController_get"];
        put?: never;
        /** Configures a backup that was never changed. */
        post: operations["BackupController_configure"];
        delete?: never;
        options?: never;
        head?: never;
        /** Changes the backup configuration. */
        patch: operations["BackupController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which file covers which blocks, and how far each target has got. */
        get: operations["CoverageController_coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/decide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decides what becomes of files that the nodes left: keep them, or supersede them in the next run. */
        post: operations["DecideController_decide"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/files/{ordinal}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a file of the history: digest, certificate, source. */
        get: operations["CoverageController_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Downloads the history document. */
        get: operations["BackupController_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/managed/takeover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the managed bucket belong to this installation again; earlier writers are refused. Operators only. */
        post: operations["ManagedController_takeOver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/next-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a schedule would run, without changing anything. */
        get: operations["BackupController_nextRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/reanchor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Follows the validators from the last backed-up block again, starting with those that the nodes state. */
        post: operations["BackupController_reanchor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the runs, newest first. */
        get: operations["BackupController_listRuns"];
        put?: never;
        /** Requests a backup now; during a run it becomes its follow-up. */
        post: operations["BackupController_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a run: its phases, what each validator said, its files. */
        get: operations["BackupController_getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/runs/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the next run record the file that this run held back because of its evidence. */
        post: operations["BackupController_release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/backup/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is going on, and what is wrong: run, monitor, protected and head block, lag, findings. With `thorough=true` the nodes are asked now; that takes up to half a minute. */
        get: operations["BackupController_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the configurations the caller may see. */
        get: operations["ConfigurationController_list"];
        put?: never;
        /** Creates a configuration; type "backup" is a target. Secrets are sealed. */
        post: operations["ConfigurationController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a configuration; its secrets are masked. */
        get: operations["ConfigurationController_get"];
        put?: never;
        post?: never;
        /** Removes a configuration: deliveries stop, files stay. */
        delete: operations["ConfigurationController_remove"];
        options?: never;
        head?: never;
        /** Changes a configuration; environment_backup_target switches deliveries. */
        patch: operations["ConfigurationController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every file of the history and its state on this target. */
        get: operations["ConfigurationController_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}/heal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compares the target with the ledger and copies missing or altered files again; read_back reads every byte. */
        post: operations["ConfigurationController_heal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries deliveries again now that failed or were suspended. */
        post: operations["ConfigurationController_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}/takeover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the place of a target over from another installation, which is refused there from then on. */
        post: operations["ConfigurationController_takeOver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/configurations/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Preflight of a target: write, read back, list, conditional put, remove. */
        post: operations["ConfigurationController_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/genesis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the genesis document as it was provided. */
        get: operations["GenesisController_get"];
        /** Provides the genesis document; it is checked against block 0. */
        put: operations["GenesisController_provide"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the nodes of an environment. */
        get: operations["NodeController_list"];
        put?: never;
        /** Registers a node; auth, tls, proxy and credentials in URLs are sealed. */
        post: operations["NodeController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/nodes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a node; its secrets are masked. */
        get: operations["NodeController_get"];
        put?: never;
        post?: never;
        /** Removes a node: a validator leaves the agreement. */
        delete: operations["NodeController_remove"];
        options?: never;
        head?: never;
        /** Changes a node; a mask that is sent back keeps the secret. */
        patch: operations["NodeController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/nodes/{id}/excuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Excuses a validator in maintenance until a stated time. */
        post: operations["NodeController_excuse"];
        /** Ends the excuse of a validator. */
        delete: operations["NodeController_endExcuse"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/nodes/{id}/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Looks at a node: reachable, chain, genesis, raw blocks, oldest block, clock. */
        post: operations["NodeController_probe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/environments/{e}/nodes/{id}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Resets a node: its controller restarts it; without one it is probed again and recorded as such. */
        put: operations["NodeController_reset"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/memberships": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the memberships of a consortium. */
        get: operations["MembershipController_list"];
        put?: never;
        /** Creates a membership. */
        post: operations["MembershipController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/memberships/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a membership. */
        get: operations["MembershipController_get"];
        put?: never;
        post?: never;
        /** Removes a membership: its keys, deliveries and secrets end, its files stay. */
        delete: operations["MembershipController_remove"];
        options?: never;
        head?: never;
        /** Changes a membership. */
        patch: operations["MembershipController_change"];
        trace?: never;
    };
    "/api/v1/consortia/{c}/memberships/{id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the keys of a membership, without their texts. */
        get: operations["MembershipController_listKeys"];
        put?: never;
        /** Issues a key. Only this answer contains its text. */
        post: operations["MembershipController_issueKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consortia/{c}/memberships/{id}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key at once. */
        delete: operations["MembershipController_revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rebuilds the history from the store beside the live one, compares and switches. With `take_rebuilt=true` it switches also when they differ. */
        post: operations["OperationsController_rebuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who the caller is: role, membership, consortium. */
        get: operations["OperationsController_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Looks at a node that is not registered; nothing of it is kept. */
        post: operations["ProbeController_probe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the kinds of places a target or managed bucket can be, and what each needs to be told. */
        get: operations["ProviderController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server-sent events of what the caller may see. Goes on after Last-Event-ID; if that event is unknown, sends `reset` and goes on from now. `0` begins with the first event. */
        get: operations["EventController_follow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Does the process run, and which build of it? */
        get: operations["OperationsController_livez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gauges in the text form of Prometheus. */
        get: operations["OperationsController_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Can the process work? With a key: what failed, is disputed, overdue or suspended. */
        get: operations["OperationsController_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        BackupFile: {
            bytes: number;
            canonical_chain: boolean;
            certificate: {
                kind: string;
                summary: string;
            };
            /** @description 0x and 64 hexadecimal digits, lower case. */
            content_root: string;
            /** Format: date-time */
            date: string;
            end_block: {
                /** @description A block number. */
                block: number;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                hash: string;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                parent_hash: string;
            };
            /** @description What makes the blocks canonical. Not known of files of version 0.1. */
            evidence?: {
                genesis_sha256?: string;
                /** @enum {string} */
                level: "confirmed" | "stated" | "proved";
                stated_by?: {
                    asked: number;
                    nodes: string[];
                };
                /** @enum {string} */
                verdict: "valid" | "valid-legacy" | "unproven" | "invalid" | "none";
            };
            /** Format: date-time */
            exported_at: string;
            file: string;
            ordinal: number;
            raftSwapFile: boolean;
            run_id: string;
            sha256: string;
            source_node: string;
            start_block: {
                /** @description A block number. */
                block: number;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                hash: string;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                parent_hash: string;
            };
            transactions: number;
        };
        BackupSettings: {
            after_hours?: number;
            /** @enum {string} */
            agreement: "all" | "quorum" | "all_then_quorum";
            block_bytes_max: number;
            /** @enum {string} */
            compression: "none" | "gzip";
            cron?: string;
            enabled: boolean;
            every_blocks?: number;
            every_minutes?: number;
            /**
             * @description By default `require` where the genesis of a sealing consensus is known.
             * @enum {string}
             */
            evidence: "require" | "record";
            /** @description ISO 8601. A run warns when the newest block of the network is older; null turns it off. */
            expected_block_within: string | null;
            /** @enum {string} */
            frequency?: "once" | "twice" | "three" | "four";
            /** @enum {string} */
            gather: "rpc" | "client-export" | "admin-export";
            max_halt_minutes: number;
            max_reorg_blocks: number;
            min_confirmations: number;
            monitor_reset_required: boolean;
            next_runs: string[];
            segment_blocks: number;
            time_zone?: string;
            unavailable_while_halted: string[];
            warnings?: {
                /** @description A code of docs/reference/errors.md. */
                code: string;
                message: string;
            }[];
        };
        BackupStatus: {
            enabled: boolean;
            /** @description What is wrong, the gravest first. */
            findings: components["schemas"]["Finding"][];
            halted_until: string | null;
            head_block: number | null;
            in_progress: boolean;
            lag_blocks: number | null;
            last_run: {
                _id: string;
                /** Format: date-time */
                at: string;
                /** @description A code of docs/reference/errors.md. */
                code?: string;
                /** @enum {string} */
                outcome: "completed" | "skipped" | "disputed" | "failed";
            } | null;
            last_success_at: string | null;
            /** @enum {string} */
            monitor: "online" | "halted" | "unreachable";
            monitor_reset_required: boolean;
            next_run_at: string | null;
            overdue_since: string | null;
            /** @enum {string} */
            phase: "idle" | "agreeing" | "exporting";
            progress: {
                /** @description A block number. */
                backlog_end: number;
                blocks_left: number;
                files_done: number;
                files_planned: number;
                seconds_left: number | null;
            } | null;
            protected_block: number | null;
            run_id: string | null;
            unavailable_services: string[];
        };
        Configuration: {
            _id: string;
            /** Format: date-time */
            audited_at?: string;
            backfill?: {
                done: number;
                files_per_minute: number | null;
                /** @description Files that were missing when it began. */
                missing: number;
                seconds_left: number | null;
                /** Format: date-time */
                started_at: string;
            };
            checked?: {
                /** Format: date-time */
                at: string;
                findings: {
                    check: string;
                    cure?: string;
                    message: string;
                    /** @enum {string} */
                    result: "ok" | "warn" | "fail";
                }[];
                ok: boolean;
            };
            consortium_id: string;
            delivered?: {
                bytes: number;
                files: number;
                through_ordinal: number | null;
            };
            details: {
                [key: string]: unknown;
            };
            environment_id: string;
            epoch?: number;
            failure?: {
                attempt: number;
                /** @description A code of docs/reference/errors.md. */
                code: string;
                message: string;
                /** Format: date-time */
                next_attempt_at: string;
            };
            /** @description Files known to be missing or altered there. */
            faults?: number;
            /** @enum {string} */
            good_for?: "verify and restore" | "verify-only: genesis missing";
            healing?: boolean;
            membership_id?: string;
            name: string;
            /** @enum {string} */
            state: "disabled" | "enabled" | "backfilling" | "failing" | "suspended" | "active" | "deleted";
            suspension?: {
                /** @description A code of docs/reference/errors.md. */
                code: string;
                message: string;
                /** Format: date-time */
                next_probe_at: string;
                /** Format: date-time */
                since: string;
            };
            type: string;
        };
        Consortium: {
            _id: string;
            /** Format: date-time */
            deleted_at?: string;
            description?: string;
            name: string;
            /** @enum {string} */
            state: "live" | "deleted";
        };
        Coverage: {
            /** @description In the order of their ordinals. Each was read back from the managed bucket. */
            files: {
                canonical_chain: boolean;
                /** @description A block number. */
                end_block: number;
                file: string;
                ordinal: number;
                /** @description A block number. */
                start_block: number;
            }[];
            head_block: number | null;
            targets: {
                _id: string;
                /** @description Files up to this ordinal are there; -1: none. */
                delivered_through: number;
                enabled: boolean;
                /** @description Ordinals whose delivery failed or that are damaged. */
                failed: number[];
                membership_id?: string;
                name: string;
                /** @description Files up to this ordinal were compared with the ledger; -1: none. */
                verified_through: number;
            }[];
        };
        Decision: {
            /** @description A code of docs/reference/errors.md. */
            code?: string;
            /** @enum {string} */
            decision: "keep" | "supersede";
            /** @description A block number. */
            from_block?: number;
            other?: {
                /** @description A block number. */
                block: number;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                hash: string;
            };
            reason: string;
        };
        Delivery: {
            bytes: number;
            canonical_chain: boolean;
            /** Format: date-time */
            delivered_at?: string;
            error?: {
                /** @description A code of docs/reference/errors.md. */
                code: string;
                message: string;
            };
            etag?: string;
            file: string;
            ordinal: number;
            sha256: string;
            /** @enum {string} */
            state: "delivered" | "failed" | "pending" | "missing" | "altered";
        };
        Environment: {
            _id: string;
            block_period?: unknown;
            chain_id?: unknown;
            /** @enum {string} */
            consensus_type: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
            consortium_id: string;
            /** Format: date-time */
            deleted_at?: string;
            description?: string;
            managed?: {
                provider: string;
            } & {
                [key: string]: unknown;
            };
            name: string;
            prefunded_accounts?: unknown;
            /** @enum {string} */
            provider: "geth" | "quorum" | "besu" | "pantheon";
            release_id?: unknown;
            /** @enum {string} */
            state: "live" | "deleted";
            test_features?: unknown;
        };
        Finding: {
            /** @description The code and the subject: the same at every look. */
            _id: string;
            acknowledged_until: string | null;
            /** @description The finding that this one follows from. */
            caused_by: string | null;
            /** @description A code of docs/reference/errors.md. */
            code: string;
            cure: string;
            evidence: {
                /** @description A block number. */
                block?: number;
                file?: string;
                files?: number;
                /** @description A block number. */
                head_block?: number;
                nodes?: string[];
                /** @description A block number. */
                protected_block?: number;
                run_id?: string;
            };
            /** Format: date-time */
            last_looked: string;
            /** @description The page of the console that shows more. */
            link: string;
            message: string;
            /** @enum {string} */
            severity: "error" | "warning" | "info";
            since: string | null;
            subject: {
                environment_id: string;
                id: string;
                /** @enum {string} */
                kind: "environment" | "node";
                name: string;
            };
        };
        History: {
            history: {
                bytes?: number;
                canonical_chain: boolean;
                certificate?: {
                    kind: string;
                    summary: string;
                };
                /** @description 0x and 64 hexadecimal digits, lower case. */
                content_root?: string;
                /** Format: date-time */
                date: string;
                end_block: {
                    /** @description A block number. */
                    block: number;
                    /** @description 0x and 64 hexadecimal digits, lower case. */
                    hash: string;
                    /** @description 0x and 64 hexadecimal digits, lower case. */
                    parent_hash: string;
                };
                /** @description What makes the blocks canonical. Not known of files of version 0.1. */
                evidence?: {
                    genesis_sha256?: string;
                    /** @enum {string} */
                    level: "confirmed" | "stated" | "proved";
                    stated_by?: {
                        asked: number;
                        nodes: string[];
                    };
                    /** @enum {string} */
                    verdict: "valid" | "valid-legacy" | "unproven" | "invalid" | "none";
                };
                file: string;
                ordinal?: number;
                raftSwapFile: boolean;
                run_id?: string;
                sha256?: string;
                source_node?: string;
                start_block: {
                    /** @description A block number. */
                    block: number;
                    /** @description 0x and 64 hexadecimal digits, lower case. */
                    hash: string;
                    /** @description 0x and 64 hexadecimal digits, lower case. */
                    parent_hash: string;
                };
                targets?: string[];
                transactions?: number;
            }[];
            latest_backup: string | null;
            /** @enum {string} */
            provider: "geth" | "quorum" | "besu";
        };
        Identity: {
            /** @description Null: every consortium. */
            consortium_id: string | null;
            membership_id: string | null;
            /** @description The loopback demo: no key is needed. */
            open: boolean;
            /** @enum {string} */
            role: "operator" | "member_admin" | "member_viewer";
            version: string;
        };
        IssuedKey: {
            _id: string;
            /** @description The text of the key; it is never shown again. A key that signs has none. */
            key?: string;
            label: string;
            /** @description Of a key that signs requests on the bus, as a JWK. */
            public_key?: unknown;
            /** @enum {string} */
            role: "operator" | "member_admin" | "member_viewer";
            /** @description The `kid` of its signatures. */
            signs_as?: string;
        };
        Key: {
            _id: string;
            label: string;
            /** @description Of a key that signs requests on the bus, as a JWK. */
            public_key?: unknown;
            /** @enum {string} */
            role: "operator" | "member_admin" | "member_viewer";
            /** @description The `kid` of its signatures. */
            signs_as?: string;
        };
        Live: {
            /** @description The commit it was built from, `unknown` when the build did not say. */
            commit: string;
            /** @constant */
            status: "ok";
            version: string;
        };
        ManagedTakeover: {
            epoch: number;
        };
        Membership: {
            _id: string;
            consortium_id: string;
            /** @description What a role that the server assumes for the membership has to require. Only the membership and operators see it. */
            external_id?: string;
            org_name: string;
            /** @enum {string} */
            state: "active" | "deleted";
            verification_proof?: string;
        };
        NextRuns: {
            next_runs: string[];
        };
        Node: {
            _id: string;
            /** @description The address of the validator on the chain. Nodes with one address count as one validator. */
            address?: string;
            /** @constant */
            auth?: "********";
            backup_id?: string;
            /** @enum {string} */
            consensus_type: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
            consortium_id: string;
            controller?: string;
            environment_id: string;
            excused?: {
                reason: string;
                /** Format: date-time */
                until: string;
            };
            membership_id?: string;
            name: string;
            /** @enum {string} */
            provider: "geth" | "quorum" | "besu" | "pantheon";
            /** @constant */
            proxy?: "********";
            /** @enum {string} */
            role: "validator" | "monitor" | "other";
            /** @description The node that this one is the same as: they count as one validator. */
            same_as?: string;
            /** @enum {string} */
            state: "started" | "deleted";
            /** @constant */
            tls?: "********";
            urls: {
                [key: string]: string;
            };
        };
        Probe: {
            findings: {
                check: string;
                cure?: string;
                message: string;
                /** @enum {string} */
                result: "ok" | "warn" | "fail";
            }[];
            ok: boolean;
        };
        ProbedNode: {
            _id: string;
            findings: {
                check: string;
                cure?: string;
                message: string;
                /** @enum {string} */
                result: "ok" | "warn" | "fail";
            }[];
            ok: boolean;
        };
        /** @description Problem details (RFC 9457). */
        Problem: {
            /** @description A code of docs/reference/errors.md; it never changes its meaning. */
            code: string;
            context?: Record<string, never>;
            correlation_id: string;
            detail: string;
            /** @description What to do about it. */
            hint: string;
            retryable?: boolean;
            status: number;
            title: string;
            type: string;
        };
        ProvidedGenesis: {
            bytes: number;
            chain_id?: number;
            /** @description 0x and 64 hexadecimal digits, lower case. */
            genesis_hash: string;
            sha256: string;
            version?: number;
        };
        Provider: {
            /**
             * @description Who may register a target there.
             * @enum {string}
             */
            access: "operator" | "member";
            /** @description In the order in which a form asks for them. */
            details: {
                /** @description Part of what tells one bucket from another. */
                address: boolean;
                /** @description Left out of short forms. */
                advanced: boolean;
                /** @description Other names that are accepted for it. */
                aliases: string[];
                choices?: string[];
                fields?: {
                    choices?: string[];
                    name: string;
                    /**
                     * @description `path`: a path on the server. `texts`: texts by name. `object`: an object of the given `fields`.
                     * @enum {string}
                     */
                    type: "text" | "url" | "path" | "boolean" | "integer" | "texts" | "object";
                }[];
                hint?: string;
                label: string;
                /** @description The field of `details`, and of a network file. */
                name: string;
                required: boolean;
                /** @description Sealed; never returned. */
                secret: boolean;
                /**
                 * @description `path`: a path on the server. `texts`: texts by name. `object`: an object of the given `fields`.
                 * @enum {string}
                 */
                type: "text" | "url" | "path" | "boolean" | "integer" | "texts" | "object";
            }[];
            forbidden: {
                name: string;
                why: string;
            }[];
            label: string;
            name: string;
        };
        Ready: {
            /** @description The commit it was built from, `unknown` when the build did not say. */
            commit: string;
            environments?: {
                code: string | null;
                enabled: boolean;
                environment_id: string;
                errors: number;
                head_block: number | null;
                in_progress: boolean;
                lag_blocks: number | null;
                /** @description Enough validators have blocks that the schedule should have backed up by now. */
                lagging: boolean;
                last_success_at: string | null;
                overdue_since: string | null;
                protected_block: number | null;
                trouble: ("failed" | "disputed") | null;
                warnings: number;
            }[];
            open: boolean;
            /** @constant */
            status: "ok";
            targets?: {
                code: string | null;
                configuration_id: string;
                delivered_files: number;
                enabled: boolean;
                environment_id: string;
                /** @enum {string} */
                state: "ok" | "failing" | "suspended";
            }[];
            version: string;
        };
        Reanchor: {
            /** @description A block number. */
            block: number;
            /** @description 0x and 64 hexadecimal digits, lower case. */
            hash: string;
            reason: string;
        };
        Rebuilt: {
            /** @description Whether the live history had the same content. */
            equal: boolean;
            events: number;
            /** @description Place in the store up to which it was rebuilt. */
            position: string;
            sha256: string;
        };
        Release: {
            /** @description A block number. */
            end_block: number;
            /** @description 0x and 64 hexadecimal digits, lower case. */
            end_hash: string;
            reason: string;
            run_id: string;
            /** @description A block number. */
            start_block: number;
        };
        ResetNode: {
            _id: string;
            /** @description The address of the validator on the chain. Nodes with one address count as one validator. */
            address?: string;
            /** @constant */
            auth?: "********";
            backup_id?: string;
            /** @enum {string} */
            consensus_type: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
            consortium_id: string;
            controller?: string;
            environment_id: string;
            excused?: {
                reason: string;
                /** Format: date-time */
                until: string;
            };
            membership_id?: string;
            name: string;
            /** @enum {string} */
            provider: "geth" | "quorum" | "besu" | "pantheon";
            /** @constant */
            proxy?: "********";
            reset: {
                findings: {
                    check: string;
                    cure?: string;
                    message: string;
                    /** @enum {string} */
                    result: "ok" | "warn" | "fail";
                }[];
                /** @enum {string} */
                how: "re-probed" | "restarted";
            };
            /** @enum {string} */
            role: "validator" | "monitor" | "other";
            /** @description The node that this one is the same as: they count as one validator. */
            same_as?: string;
            /** @enum {string} */
            state: "started" | "deleted";
            /** @constant */
            tls?: "********";
            urls: {
                [key: string]: string;
            };
        };
        Run: {
            _id: string;
            attempt: number;
            /** @description A block number. */
            backlog_end?: number;
            coalesced_into?: string;
            confirmations: {
                detail?: string;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                hash?: string;
                /** @description A block number. */
                head?: number;
                node_id: string;
                /** @enum {string} */
                outcome: "agrees" | "differs" | "behind" | "missing" | "unreachable" | "foreign" | "excused" | "duplicate";
            }[];
            departures: {
                /** @description 0x and 64 hexadecimal digits, lower case. */
                expected: string;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                hash: string;
                /** @description A block number. */
                height: number;
                node_id: string;
            }[];
            environment_id: string;
            error?: {
                /** @description A code of docs/reference/errors.md. */
                code: string;
                hint: string;
                message: string;
            };
            files: {
                bytes: number;
                /** Format: date-time */
                date: string;
                /** @description A block number. */
                end_block: number;
                file: string;
                ordinal: number;
                sha256: string;
                /** @description A block number. */
                start_block: number;
            }[];
            findings: components["schemas"]["Finding"][];
            /** Format: date-time */
            finished_at?: string;
            /** @description A block number. */
            head?: number;
            lookups?: number;
            phases: {
                /** Format: date-time */
                at: string;
                phase: string;
            }[];
            planned_files?: number;
            range?: {
                /** @description A block number. */
                end_block: number;
                /** @description 0x and 64 hexadecimal digits, lower case. */
                end_hash: string;
                /** @description A block number. */
                start_block: number;
            };
            /** Format: date-time */
            requested_at: string;
            retry_of?: string;
            rounds?: number;
            rule?: string;
            /** @enum {string} */
            skip_reason?: "NO_NEW_BLOCK" | "BACKUP_DISABLED";
            slot?: {
                /** Format: date-time */
                at: string;
                /** @constant */
                kind: "time";
            } | {
                /** @constant */
                kind: "block";
                /** @description A block number. */
                number: number;
            };
            /** @enum {string} */
            state: "requested" | "agreed" | "completed" | "skipped" | "disputed" | "failed" | "coalesced";
            superseded?: {
                /** @description A block number. */
                from_block: number;
                through_ordinal: number;
                why: string;
            };
            /** @enum {string} */
            trigger: "schedule" | "manual" | "bus" | "retry" | "backlog";
            /** @description Codes; `findings` has them in words. */
            warnings: string[];
        };
        TargetCheck: {
            _id: string;
            /** Format: date-time */
            checked_at: string;
            findings: {
                check: string;
                cure?: string;
                message: string;
                /** @enum {string} */
                result: "ok" | "warn" | "fail";
            }[];
            ok: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ConsortiumController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consortium"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConsortiumController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    _id?: string;
                    description?: string;
                    id?: string;
                    name: string;
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consortium"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConsortiumController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consortium"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConsortiumController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consortium"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConsortiumController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consortium"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnvironmentController_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnvironmentController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    _id?: string;
                    block_period?: unknown;
                    chain_id?: unknown;
                    /** @enum {string} */
                    consensus_type?: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
                    description?: string;
                    id?: string;
                    managed?: {
                        provider: string;
                    } & {
                        [key: string]: unknown;
                    };
                    name: string;
                    prefunded_accounts?: unknown;
                    /** @enum {string} */
                    provider: "geth" | "quorum" | "besu" | "pantheon";
                    release_id?: unknown;
                    test_features?: unknown;
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnvironmentController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnvironmentController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnvironmentController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    block_period?: unknown;
                    chain_id?: unknown;
                    /** @enum {string} */
                    consensus_type?: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
                    description?: string;
                    managed?: {
                        provider: string;
                    } & {
                        [key: string]: unknown;
                    };
                    name?: string;
                    prefunded_accounts?: unknown;
                    /** @enum {string} */
                    provider?: "geth" | "quorum" | "besu" | "pantheon";
                    release_id?: unknown;
                    test_features?: unknown;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupSettings"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_configure: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description a minute to 8760 hours. */
                    after_hours?: number;
                    agreement?: ("all" | "quorum" | "all_then_quorum") | {
                        after_hours: number;
                        /** @enum {string} */
                        rule: "all_then_quorum";
                    };
                    /** @description 1048576 to 536870912. */
                    block_bytes_max?: number;
                    /** @enum {string} */
                    compression?: "none" | "gzip";
                    cron?: string | null;
                    enabled?: boolean;
                    /** @description 10000 to 1000000000. */
                    every_blocks?: number | null;
                    /** @description 15 to 44640. */
                    every_minutes?: number | null;
                    /** @enum {string} */
                    evidence?: "require" | "record";
                    expected_block_within?: string | null;
                    /** @enum {string|null} */
                    frequency?: "once" | "twice" | "three" | "four" | null;
                    /** @enum {string} */
                    gather?: "rpc" | "client-export" | "admin-export";
                    /** @description 1 to 10080. */
                    max_halt_minutes?: number;
                    /** @description 0 to 1000000000. */
                    max_reorg_blocks?: number;
                    /** @description 0 to 1000000. */
                    min_confirmations?: number;
                    /** @description 1 to 100001. */
                    segment_blocks?: number;
                    time_zone?: string | null;
                    unavailable_while_halted?: string[];
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupSettings"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description a minute to 8760 hours. */
                    after_hours?: number;
                    agreement?: ("all" | "quorum" | "all_then_quorum") | {
                        after_hours: number;
                        /** @enum {string} */
                        rule: "all_then_quorum";
                    };
                    /** @description 1048576 to 536870912. */
                    block_bytes_max?: number;
                    /** @enum {string} */
                    compression?: "none" | "gzip";
                    cron?: string | null;
                    enabled?: boolean;
                    /** @description 10000 to 1000000000. */
                    every_blocks?: number | null;
                    /** @description 15 to 44640. */
                    every_minutes?: number | null;
                    /** @enum {string} */
                    evidence?: "require" | "record";
                    expected_block_within?: string | null;
                    /** @enum {string|null} */
                    frequency?: "once" | "twice" | "three" | "four" | null;
                    /** @enum {string} */
                    gather?: "rpc" | "client-export" | "admin-export";
                    /** @description 1 to 10080. */
                    max_halt_minutes?: number;
                    /** @description 0 to 1000000000. */
                    max_reorg_blocks?: number;
                    /** @description 0 to 1000000. */
                    min_confirmations?: number;
                    /** @description 1 to 100001. */
                    segment_blocks?: number;
                    time_zone?: string | null;
                    unavailable_while_halted?: string[];
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupSettings"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CoverageController_coverage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Coverage"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    DecideController_decide: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    decision: "keep" | "supersede";
                    reason: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CoverageController_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
                ordinal: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupFile"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_history: {
        parameters: {
            query?: {
                as_of?: string;
                extended?: "true" | "false";
            };
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ManagedController_takeOver: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedTakeover"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_nextRuns: {
        parameters: {
            query?: {
                cron?: string | null;
                every_blocks?: number;
                every_minutes?: number;
                frequency?: "once" | "twice" | "three" | "four" | null;
                time_zone?: string | null;
            };
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NextRuns"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_reanchor: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reanchor"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_listRuns: {
        parameters: {
            query?: {
                before?: string;
                limit?: number;
            };
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"][];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_release: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Release"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BackupController_status: {
        parameters: {
            query?: {
                thorough?: "true" | "false";
            };
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupStatus"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    _id?: string;
                    /** @default {} */
                    details?: {
                        [key: string]: unknown;
                    };
                    id?: string;
                    membership_id?: string;
                    name?: string;
                    type: string;
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    details?: {
                        [key: string]: unknown;
                    } | null;
                    membership_id?: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_deliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_heal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    read_back?: boolean;
                };
            };
        };
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_retry: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_takeOver: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configuration"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ConfigurationController_test: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetCheck"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GenesisController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GenesisController_provide: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProvidedGenesis"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    _id?: string;
                    address?: string | null;
                    auth?: ("********" | {
                        basic?: {
                            password: string;
                            username: string;
                        };
                        bearer?: string;
                        headers?: {
                            [key: string]: string;
                        };
                    }) | null;
                    backup_id?: string;
                    /** @enum {string} */
                    consensus_type?: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
                    controller?: string;
                    id?: string;
                    membership_id?: string;
                    name?: string;
                    /** @enum {string} */
                    provider?: "geth" | "quorum" | "besu" | "pantheon";
                    proxy?: string | null;
                    /** @enum {string} */
                    role?: "validator" | "monitor" | "other";
                    same_as?: string | null;
                    tls?: ("********" | {
                        ca?: string;
                        cert?: string;
                        key?: string;
                        serverName?: string;
                    }) | null;
                    urls?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    address?: string | null;
                    auth?: ("********" | {
                        basic?: {
                            password: string;
                            username: string;
                        };
                        bearer?: string;
                        headers?: {
                            [key: string]: string;
                        };
                    }) | null;
                    backup_id?: string;
                    /** @enum {string} */
                    consensus_type?: "poa" | "clique" | "ibft" | "qbft" | "raft" | "ibft2" | "other";
                    controller?: string;
                    membership_id?: string;
                    name?: string;
                    /** @enum {string} */
                    provider?: "geth" | "quorum" | "besu" | "pantheon";
                    proxy?: string | null;
                    /** @enum {string} */
                    role?: "validator" | "monitor" | "other";
                    same_as?: string | null;
                    tls?: ("********" | {
                        ca?: string;
                        cert?: string;
                        key?: string;
                        serverName?: string;
                    }) | null;
                    urls?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_excuse: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    reason?: string;
                    /** Format: date-time */
                    until: string;
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_endExcuse: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_probe: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProbedNode"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    NodeController_reset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                e: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetNode"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Status 502. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    _id?: string;
                    id?: string;
                    org_name: string;
                    verification_proof?: string;
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_EXISTS, or the state of things does not allow it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    org_name?: string;
                    verification_proof?: string;
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PRECONDITION_FAILED: If-Match names another revision. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                c: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_issueKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                c: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    label?: string;
                    public_key?: string | {
                        [key: string]: unknown;
                    };
                    /**
                     * @default member_viewer
                     * @enum {string}
                     */
                    role?: "operator" | "member_admin" | "member_viewer";
                };
            };
        };
        responses: {
            /** @description Created: the resource. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKey"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MembershipController_revokeKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag the change is meant for; else 412. */
                "If-Match"?: string;
            };
            path: {
                c: string;
                id: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OperationsController_rebuild: {
        parameters: {
            query?: {
                take_rebuilt?: "true" | "false";
            };
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rebuilt"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OperationsController_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ProbeController_probe: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating a request under the same key makes nothing twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    auth?: ("********" | {
                        basic?: {
                            password: string;
                            username: string;
                        };
                        bearer?: string;
                        headers?: {
                            [key: string]: string;
                        };
                    }) | null;
                    chain_id?: number | string;
                    genesis_config?: {
                        [key: string]: unknown;
                    };
                    genesis_hash?: string;
                    name?: string;
                    /** @enum {string} */
                    provider?: "geth" | "quorum" | "besu" | "pantheon";
                    proxy?: string | null;
                    tls?: ("********" | {
                        ca?: string;
                        cert?: string;
                        key?: string;
                        serverName?: string;
                    }) | null;
                    urls?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Probe"];
                };
            };
            /** @description INPUT_INVALID: every problem of the request at once. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ProviderController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provider"][];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EventController_follow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OperationsController_livez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OperationsController_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUTH_FORBIDDEN. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    OperationsController_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource, or a bare array of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description AUTH_REQUIRED or AUTH_INVALID. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store or a node does not answer. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
