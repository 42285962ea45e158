import ArgumentParser

/// What goes wrong, how often, and how the gateway treats keys.
struct FaultOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Charges whose answer is lost after acting.", valueName: "permille")) var dropRate = 20
    @Option(help: ArgumentHelp("Charges whose connection is lost before acting.", valueName: "permille")) var dropBeforeRate = 10
    @Option(help: ArgumentHelp("Charges answered 500 after acting.", valueName: "permille")) var errorRate = 0
    @Option(help: ArgumentHelp("Charges answered 500 before acting.", valueName: "permille")) var errorBeforeRate = 0
    @Option(help: ArgumentHelp("Charges acted on at once and answered late.", valueName: "permille")) var lateRate = 0
    @Option(help: ArgumentHelp("Charges answered 429 first.", valueName: "permille")) var busyRate = 0
    @Option(help: ArgumentHelp("Charges answered 503 first.", valueName: "permille")) var awayRate = 0
    @Option(help: ArgumentHelp("How late an answer is that is late.", valueName: "ms")) var lateness = 5_000
    @Option(help: ArgumentHelp("Retry-After of 429 and 503.", valueName: "seconds")) var retryAfter = 1
    @Option(help: ArgumentHelp("Time that the issuer takes.", valueName: "ms")) var latency = 0
    @Option(help: ArgumentHelp("How long keys are kept by the callers' clock; for ever without it.", valueName: "hours"))
    var keyHours: Int?
    @Flag(help: "Store a 500 that came after acting, and repeat it for its key.") var repeatsErrors = false

    private var permille: [Fault: Int] {
        [
            .cutAfter: dropRate, .cutBefore: dropBeforeRate, .errorAfter: errorRate, .errorBefore: errorBeforeRate, .late: lateRate,
            .tooMany: busyRate, .unavailable: awayRate,
        ]
    }

    func validate() throws {
        guard permille.values.allSatisfy({ (0...1000).contains($0) }), permille.values.reduce(0, +) <= 1000 else {
            throw ValidationError(
                """
                --drop-rate, --drop-before-rate, --error-rate, --error-before-rate, --late-rate, --busy-rate and --away-rate are in permille, \
                0 to 1000, and at most 1000 together.
                """)
        }
        guard latency >= 0, lateness >= 0 else { throw ValidationError("--latency and --lateness are 0 or more, in milliseconds.") }
        guard retryAfter >= 0 else { throw ValidationError("--retry-after is 0 or more, in seconds.") }
        if let keyHours { guard keyHours >= 1 else { throw ValidationError("--key-hours is 1 or more.") } }
    }

    func faults(seed: UInt64) -> Faults { Faults(seed: seed, permille: permille) }

    var manners: ChargeStore.Manners {
        ChargeStore.Manners(
            latency: .milliseconds(latency), lateness: .milliseconds(lateness), keyLife: keyHours.map { .seconds($0 * 3600) },
            repeatsErrors: repeatsErrors, retryAfterSeconds: retryAfter)
    }
}
