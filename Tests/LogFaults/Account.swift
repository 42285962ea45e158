package import HindsightCore

/// What a torturer was told about its batches, read from the lines that it prints:
/// `ack BATCH EVENTS FIRST-POSITION`, `unknown BATCH`, `refused BATCH REASON`, `gave-up BATCH`, `head POSITION`, `done`.
package struct Account: Sendable {
    package struct Acknowledgement: Sendable, Equatable {
        package let events: Int
        package let first: Position
    }

    package private(set) var acknowledged: [String: Acknowledgement] = [:]
    /// Batches of which an attempt was answered with "outcome unknown".
    package private(set) var unknown: Set<String> = []
    /// Batches of which an attempt was answered with "nothing was stored", and one of these answers each.
    package private(set) var refused: [String: String] = [:]
    /// Batches that were not sent again after the last failure.
    package private(set) var givenUp: Set<String> = []
    /// The head that was read after each failure.
    package private(set) var headsAfterFailures: [Position] = []
    /// Whether the process came to its end: every batch had an answer.
    package private(set) var isDone = false

    package init(_ lines: some Sequence<String> = []) throws {
        for line in lines { try read(line) }
    }

    package mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        switch (words.first, words.count) {
        case ("ack", 4):
            guard let events = Int(words[2]), let first = Position(words[3]) else { break }
            let before = acknowledged.updateValue(Acknowledgement(events: events, first: first), forKey: words[1])
            guard before.map({ $0 == acknowledged[words[1]] }) ?? true else {
                throw Contradiction("batch \(words[1]) had another answer before")
            }
            return
        case ("unknown", 2...):
            unknown.insert(words[1])
            return
        case ("refused", 2...):
            refused[words[1]] = words[2...].joined(separator: " ")
            return
        case ("gave-up", 2):
            givenUp.insert(words[1])
            return
        case ("head", 2):
            guard let head = Position(words[1]) else { break }
            headsAfterFailures.append(head)
            return
        case ("done", 1):
            isDone = true
            return
        default: break
        }
        throw Contradiction("a torturer says \(line)")
    }

    /// Adds what another process was told.
    package mutating func merge(_ other: Account) {
        acknowledged.merge(other.acknowledged) { $1 }
        unknown.formUnion(other.unknown)
        refused.merge(other.refused) { $1 }
        givenUp.formUnion(other.givenUp)
        headsAfterFailures += other.headsAfterFailures
        isDone = isDone && other.isDone
    }

    /// Batches of which every attempt was answered with "nothing was stored".
    var surelyAbsent: Set<String> { givenUp.subtracting(unknown).subtracting(acknowledged.keys) }
}
