// swift-tools-version: 6.2
import PackageDescription

// Order of the lists below: core → engines → domains → adapters → edge → peers → examples → tests.
// An arrow of dependencies only ever points up this file.

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let core: [Target] = [
    .target(name: "HindsightCore", dependencies: [crypto]),
    .target(name: "HindsightRuntime", dependencies: ["HindsightCore", crypto, heap, deque]),
    .target(name: "HindsightTesting", dependencies: ["HindsightCore", "HindsightRuntime", "EventLogMemory", heap]),
]
let engines: [Target] = [
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SQLiteConnection", dependencies: ["CSQLite", "HindsightCore"]),
    .target(name: "EventLogMemory", dependencies: ["HindsightCore"]),
    .target(
        name: "EventLogSQLite", dependencies: ["SQLiteConnection", "HindsightCore"],
        resources: [
            .embedInCode("Migrations/0001-events.sql"), .embedInCode("Migrations/0002-postings.sql"),
            .embedInCode("Migrations/0003-plain-indexes.sql"),
        ]),
    .target(name: "ReadModelsSQLite", dependencies: ["SQLiteConnection", "HindsightCore"]),
]
let domains: [Target] = [
    .target(name: "AudienceJobs", dependencies: ["HindsightCore", crypto]),
    // Libraries of Debian behind functions of our own: one is C++, the other names its functions by its version.
    .target(name: "CPhoneNumber", linkerSettings: [.linkedLibrary("phonenumber")]),
    .target(name: "CUnicodeNormalization", linkerSettings: [.linkedLibrary("icuuc")]),
    .target(name: "PhoneNumbers", dependencies: ["CPhoneNumber"]),
    .target(name: "CustomerMDM", dependencies: ["PhoneNumbers", "CUnicodeNormalization", "HindsightCore", yaml]),
    .target(name: "BillingRetries", dependencies: ["HindsightCore", crypto]),
    .target(
        name: "HindsightSchemas", dependencies: ["HindsightCore"], path: "Schemas",
        resources: [.copy("audience-jobs"), .copy("billing-retries"), .copy("customer-mdm"), .copy("hindsight"), .copy("http")]),
]
let adapters: [Target] = [
    .target(
        name: "ZeppelinAdapter",
        dependencies: [
            "AudienceJobs", "HindsightCore", httpClient, crypto, .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        ]),
    .target(
        name: "PaymentsAdapter",
        dependencies: [
            "BillingRetries", "HindsightCore", httpClient, crypto, .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        ]),
    .systemLibrary(name: "CXGBoost", pkgConfig: "xgboost", providers: [.apt(["libxgboost-dev"])]),
    .target(name: "GradientBoosting", dependencies: ["CXGBoost", "BillingRetries", "HindsightCore"]),
    // For any service that takes an effect as a request with an idempotency key, webhooks among them.
    .target(
        name: "HTTPEffects",
        dependencies: [
            "HindsightCore", httpClient, crypto, .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        ]),
    .target(
        name: "MailAdapter",
        dependencies: [
            "AudienceJobs", "HindsightCore", .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ]),
]
let edge: [Target] = [
    .target(
        name: "HindsightApp",
        dependencies: [
            "HindsightRuntime", "EventLogSQLite", "EventLogMemory", "ReadModelsSQLite", "AudienceJobs", "CustomerMDM", "BillingRetries",
            "GradientBoosting",
            "HindsightSchemas", "ZeppelinAdapter", "PaymentsAdapter", "MailAdapter", "HTTPEffects", "DemoInputs", "SQLiteConnection",
            "CZlib", crypto, yaml, logging, deque, metrics,
        ]),
    // Renders what swift-metrics counts as Prometheus' text.
    .target(name: "PrometheusMetrics", dependencies: [metrics]),
    .target(
        name: "HindsightHTTP",
        dependencies: [
            "HindsightApp", "AudienceJobs", "BillingRetries", "CustomerMDM", "HindsightSchemas", "PrometheusMetrics", hummingbird,
            hummingbirdCore, hummingbirdTLS, lifecycle, signals, metrics, jwt, logging, deque, crypto,
        ] + nio),
    .executableTarget(
        name: "hindsight", dependencies: ["HindsightApp", "HindsightHTTP", "PrometheusMetrics", "EventLogMemory", arguments, logging]),
]
// The peers witness what the engine did, so they share no code with it.
let peers: [Target] = [
    .executableTarget(name: "notebook-runner", dependencies: [hummingbird, arguments, crypto, "CSQLite"], path: "Sources/NotebookRunner"),
    .executableTarget(
        name: "payment-gateway", dependencies: [hummingbird, arguments, crypto, httpClient] + nio, path: "Sources/PaymentGateway"),
    .executableTarget(
        name: "recording-peer", dependencies: [hummingbird, arguments, crypto, logging] + nio, path: "Sources/RecordingPeer"),
]
let examples: [Target] = [
    .target(
        name: "DemoInputs", path: "Examples/Inputs",
        resources: [
            .embedInCode("twins.events.csv"), .embedInCode("twins.expect.csv"), .embedInCode("audience-by-purchases.form.json"),
            .embedInCode("audience-by-purchases.note.json"), .embedInCode("audience-by-purchases.template.yaml"),
            .embedInCode("partner-monthly-report.form.json"), .embedInCode("partner-monthly-report.note.json"),
            .embedInCode("partner-monthly-report.template.yaml"),
        ]),
    .executableTarget(
        name: "LendABook", dependencies: ["HindsightRuntime", "EventLogMemory"], path: "Examples/LendABook",
        exclude: ["expected.txt"]),
    .executableTarget(
        name: "ReplayToAnInstant", dependencies: ["HindsightRuntime", "EventLogSQLite"], path: "Examples/ReplayToAnInstant",
        exclude: ["expected.txt"]),
    .executableTarget(
        name: "Benchmarks",
        dependencies: [
            "EventLogSQLite", "ReadModelsSQLite", "HindsightRuntime", "HindsightTesting", "HindsightApp", "BillingRetries", "CustomerMDM",
            "GradientBoosting", "SyntheticCustomers", "SQLiteConnection", arguments, metrics, histogram,
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        ],
        path: "tools/Benchmarks", exclude: ["SQLiteLimit"],
        resources: [
            .embedInCode("thresholds.json"), .embedInCode("thresholds-http.json"), .embedInCode("thresholds-projections.json"),
            .embedInCode("thresholds-timetravel.json"), .embedInCode("thresholds-sagas.json"), .embedInCode("thresholds-mdm.json"),
            .embedInCode("thresholds-billing.json"), .embedInCode("peer_boosting.py"),
            .embedInCode("peer_dbos.py"), .embedInCode("peer_splink.py"),
            .embedInCode("business-units.ndjson"), .embedInCode("peer_eventsourcing.py"),
            .embedInCode("append.lua"),
        ]),
    // What SQLite and the disk allow: shares no code with the engine that is held against it.
    .executableTarget(name: "sqlite-limit", dependencies: ["CSQLite"], path: "tools/Benchmarks/SQLiteLimit"),
]
let tests: [Target] = [
    .testTarget(name: "HindsightCoreTests", dependencies: ["HindsightCore", "HindsightTesting"]),
    // Sagas to be simulated and killed: for the tests, the soak, and the process that is killed.
    .target(
        name: "SagaFaults", dependencies: ["BillingRetries", "HindsightCore", "HindsightRuntime", "HindsightTesting"],
        path: "Tests/SagaFaults"),
    .executableTarget(
        name: "saga-torturer",
        dependencies: ["SagaFaults", "HTTPEffects", "EventLogSQLite", "HindsightCore", "HindsightRuntime", "HindsightTesting"],
        path: "Tests/SagaTorturer"),
    .testTarget(
        name: "HindsightRuntimeTests",
        dependencies: [
            "HindsightRuntime", "HindsightTesting", "EventLogMemory", "ReadModelsSQLite", "EventLogSQLite", "SQLiteConnection",
            "SagaFaults", "saga-torturer",
            "recording-peer", httpClient, .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    .testTarget(name: "EventLogMemoryTests", dependencies: ["EventLogMemory", "HindsightTesting"]),
    // What can go wrong under a log, made to happen: for the tests, the soak, and the process that both of them torture and kill.
    .target(
        name: "LogFaults", dependencies: ["EventLogSQLite", "SQLiteConnection", "HindsightRuntime", "HindsightTesting"],
        path: "Tests/LogFaults"),
    .executableTarget(
        name: "log-torturer", dependencies: ["LogFaults", "EventLogSQLite", "SQLiteConnection", "HindsightRuntime", "HindsightTesting"],
        path: "Tests/LogTorturer"),
    .testTarget(
        name: "EventLogSQLiteTests",
        dependencies: ["EventLogSQLite", "SQLiteConnection", "HindsightTesting", "LogFaults", "log-torturer"],
        resources: [.copy("Logs")]),
    .testTarget(name: "PrometheusMetricsTests", dependencies: ["PrometheusMetrics", metrics]),
    .testTarget(
        name: "HindsightHTTPTests",
        dependencies: [
            "HindsightHTTP", "HindsightApp", "HindsightRuntime", "HindsightCore", "HindsightTesting", "EventLogSQLite", "DemoInputs",
            "LogFaults", "SQLiteConnection", "BillingRetries", "GradientBoosting", "PaymentPeers",
            "hindsight", "notebook-runner", "payment-gateway", "recording-peer", jwt, httpClient, yaml,
        ] + nio,
        // What Schemathesis is told beside the description.
        exclude: ["Schemathesis"]),
    .testTarget(name: "AudienceJobsTests", dependencies: ["AudienceJobs", "HindsightTesting"]),
    .testTarget(name: "PhoneNumbersTests", dependencies: ["PhoneNumbers"]),
    // Cards and charges of invented people, for the tests and the benchmarks.
    .target(
        name: "SyntheticCustomers", dependencies: ["BillingRetries", "HindsightCore", "HindsightTesting"],
        path: "Tests/SyntheticCustomers"),
    .testTarget(name: "CustomerMDMTests", dependencies: ["CustomerMDM", "HindsightTesting", "HindsightRuntime"]),
    .testTarget(
        name: "BillingRetriesTests",
        dependencies: ["BillingRetries", "SyntheticCustomers", "EventLogMemory", "HindsightCore", "HindsightRuntime", "HindsightTesting"]),
    .testTarget(
        name: "GradientBoostingTests",
        dependencies: ["GradientBoosting", "BillingRetries", "SyntheticCustomers", "HindsightCore", "HindsightTesting"]),
    .testTarget(name: "HindsightSchemasTests", dependencies: ["HindsightSchemas", "HindsightApp", "BillingRetries", "CustomerMDM"]),
    .testTarget(name: "PaymentGatewayTests", dependencies: ["payment-gateway", httpClient, hummingbird, crypto]),
    .testTarget(
        name: "PaymentsAdapterTests",
        dependencies: [
            "PaymentsAdapter", "BillingRetries", "HindsightCore", "HindsightTesting", "PaymentPeers", "payment-gateway", crypto, httpClient,
        ] + nio),
    // Processes that speak Stripe's protocol.
    .target(
        name: "PaymentPeers", dependencies: ["HindsightCore", "HindsightTesting", httpClient] + nio, path: "Tests/PaymentPeers",
        exclude: ["Server"]),
    .testTarget(
        name: "HTTPEffectsTests",
        dependencies: ["HTTPEffects", "HindsightCore", "HindsightRuntime", "HindsightTesting", "recording-peer", httpClient] + nio,
        exclude: ["Receiver"]),
    .testTarget(
        name: "MailAdapterTests",
        dependencies: ["MailAdapter", "AudienceJobs", "HindsightRuntime", "HindsightTesting", "EventLogMemory", "LogFaults"],
        exclude: ["Server"]),
    .testTarget(name: "NotebookRunnerTests", dependencies: ["notebook-runner", httpClient]),
    .testTarget(
        name: "HindsightAppTests",
        dependencies: [
            "HindsightApp", "HindsightTesting", "SyntheticCustomers", "HindsightSchemas", "AudienceJobs", "ZeppelinAdapter",
            "EventLogMemory", "SQLiteConnection",
            "hindsight", "notebook-runner", "payment-gateway", "recording-peer", "HTTPEffects", "MailAdapter", httpClient, logging,
        ],
        resources: [.copy("Histories")]),
]

let package = Package(
    name: "Hindsight",
    products: [
        .library(
            name: "Hindsight", targets: ["HindsightCore", "HindsightRuntime", "EventLogMemory", "EventLogSQLite", "ReadModelsSQLite"]),
        .library(name: "HindsightTesting", targets: ["HindsightTesting"]),
        .library(name: "HTTPEffects", targets: ["HTTPEffects"]),
        .executable(name: "hindsight", targets: ["hindsight"]),
        .executable(name: "notebook-runner", targets: ["notebook-runner"]),
        .executable(name: "payment-gateway", targets: ["payment-gateway"]),
        .executable(name: "recording-peer", targets: ["recording-peer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        // For the benchmarks only.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
    ],
    targets: core + engines + domains + adapters + edge + peers + examples + tests,
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
