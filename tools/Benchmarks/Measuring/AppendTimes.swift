import CoreMetrics
import HindsightApp
import Synchronization

/// Sums how long a log's appends take, through what ``MeasuredEventLog`` reports.
final class AppendTimes: MetricsFactory {
    private let sum = Mutex<UInt64>(0)

    /// Nanoseconds of all appends since the last asking.
    func taken() -> UInt64 {
        sum.withLock { sum in
            defer { sum = 0 }
            return sum
        }
    }

    private final class AppendTimer: TimerHandler {
        private let times: AppendTimes

        init(_ times: AppendTimes) { self.times = times }

        func recordNanoseconds(_ duration: Int64) { times.sum.withLock { $0 += UInt64(max(duration, 0)) } }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { AppendTimer(self) }
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { NOOPMetricsHandler.instance }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
