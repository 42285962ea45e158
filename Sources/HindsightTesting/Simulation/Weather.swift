import HindsightCore

/// What a seed has in store for the processes of a simulation.
struct Weather: Sendable {
    enum Accident: Sendable {
        /// The process dies between two jobs, and another one is started later.
        case kill(restartAfter: Duration)
        /// It ends in order, and another one is started at once.
        case restart
        /// It gets no turn for a while.
        case stop(for: Duration)
        /// The machine's clock is set.
        case clockStep(Duration)
    }

    struct Event: Sendable {
        let at: Duration
        let worker: Int
        /// How many jobs of the process later it happens.
        let jobs: Int
        let accident: Accident
    }

    /// All steps of the clock of one simulation together.
    static let longestClockSteps = Duration.seconds(4)

    let workers: Int
    let isShuffled: Bool
    let accidents: [Event]
    /// Of 1,000 appends, how many fail.
    let failingAppends: Int
    /// When all faults have ended.
    let end: Duration

    init(using chance: inout SeededGenerator) {
        workers = Int.random(in: 1...3, using: &chance)
        isShuffled = Int.random(in: 0..<5, using: &chance) > 0
        failingAppends = Int.random(in: 0..<3, using: &chance) == 0 ? Int.random(in: 10...80, using: &chance) : 0
        end = .seconds(Int.random(in: 10...90, using: &chance))
        var steps = 0
        var events: [Event] = []
        for _ in 0..<Int.random(in: 0...5, using: &chance) {
            let accident: Accident
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<4: accident = .kill(restartAfter: .milliseconds(Int.random(in: 0...15_000, using: &chance)))
            case 4: accident = .restart
            case 5..<9: accident = .stop(for: .milliseconds(Int.random(in: 100...40_000, using: &chance)))
            default:
                steps += 1
                guard steps <= 4 else { continue }
                accident = .clockStep(.milliseconds(Int.random(in: -1_000...1_000, using: &chance)))
            }
            // Most in the first seconds, when most goes on.
            let range = Bool.random(using: &chance) ? 0...3_000 : 0...Int(end.microseconds / 1_000)
            events.append(
                Event(
                    at: .milliseconds(Int.random(in: range, using: &chance)), worker: Int.random(in: 0..<workers, using: &chance),
                    jobs: Int.random(in: 0...200, using: &chance), accident: accident))
        }
        accidents = events
    }
}
