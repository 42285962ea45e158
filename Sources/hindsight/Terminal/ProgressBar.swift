import Foundation
import Synchronization

/// How far long work has come, on a terminal's standard error: share, rate, and time left. Elsewhere it stays silent.
final class ProgressBar: Sendable {
    private struct State {
        let start: ContinuousClock.Instant
        /// Work done before this call, which says nothing about the rate.
        var firstDone: Int64?
        var lastShown: ContinuousClock.Instant?
        var isShown = false
    }

    private let title: String
    private let unit: String
    private let state: Mutex<State>
    private static let interval = Duration.milliseconds(100)
    private static let width = 24
    private static let isAnyShown = Mutex(false)

    init(_ title: String, unit: String) {
        self.title = title
        self.unit = unit
        state = Mutex(State(start: .now))
    }

    func update(_ done: Int64, of total: Int64) {
        guard Terminal.isErrorTerminal else { return }
        let line = state.withLock { state -> String? in
            let now = ContinuousClock.now
            let first = state.firstDone ?? done
            state.firstDone = first
            if let last = state.lastShown, now - last < Self.interval, done < total { return nil }
            state.lastShown = now
            return Self.line(title, unit, done: done, total: total, first: first, elapsed: now - state.start)
        }
        if let line { Self.show(line) }
    }

    /// Leaves the line to what is printed next.
    func finish() { Self.clearLine() }

    static func line(_ title: String, _ unit: String, done: Int64, total: Int64, first: Int64, elapsed: Duration) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(done - first) / seconds : 0
        var line = "\(title) \(bar) \(Int(share * 100)) %  \(done)/\(total) \(unit)"
        if rate >= 1 { line += "  \(Int(rate))/s" }
        if rate > 0, done < total { line += "  \(duration(Double(total - done) / rate)) left" }
        return line
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : whole < 3_600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3_600) h \(whole / 60 % 60) min"
    }

    private static func show(_ line: String) {
        isAnyShown.withLock {
            $0 = true
            send("\r\u{1b}[K" + line)
        }
    }

    static func clearLine() {
        isAnyShown.withLock {
            if $0 { send("\r\u{1b}[K") }
            $0 = false
        }
    }

    private static func send(_ text: String) {
        // A bar that can't be shown is no reason to stop the work.
        _ = Result { try Terminal.send(Array(text.utf8)[...], to: STDERR_FILENO) }
    }
}

/// Bars of work in several parts, each made when its part begins, so that its rate is its own.
final class ProgressBars: Sendable {
    private let bars = Mutex<[String: ProgressBar]>([:])

    func bar(_ title: String, unit: String) -> ProgressBar {
        bars.withLock { bars in
            if let bar = bars[title] { return bar }
            let bar = ProgressBar(title, unit: unit)
            bars[title] = bar
            return bar
        }
    }
}
