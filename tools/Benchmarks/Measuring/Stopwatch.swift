/// Measures from its making on.
struct Stopwatch {
    private let began = ContinuousClock.now

    var seconds: Double { (ContinuousClock.now - began) / .seconds(1) }

    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
