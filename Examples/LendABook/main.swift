// A complete domain of your own: a library lends books, reminds late readers, and knows at any time which books are out.
// Events, a decider, a saga and a projection, all pure; the last part joins them. Run it: `swift run LendABook`.

import EventLogMemory
import HindsightCore
import HindsightRuntime

// MARK: Events: facts, with their names on the wire

struct BookLent: EventPayload {
    static let type: EventType = "library.book-lent"
    var reader: String
    var due: Timestamp
}

struct BookReturned: EventPayload {
    static let type: EventType = "library.book-returned"
    var reader: String
}

enum LibraryEvent: DomainEvent {
    case lent(BookLent)
    case returned(BookReturned)

    static let codec = EventCodec<LibraryEvent>([.kind(LibraryEvent.lent), .kind(LibraryEvent.returned)])

    var payload: any EventPayload {
        switch self {
        case .lent(let payload): payload
        case .returned(let payload): payload
        }
    }
}

// MARK: Decider: every rule, and no effect

enum Book: Decider {
    enum Command: Sendable { case lend(to: String, at: Timestamp), takeBack }
    enum State: Sendable { case onTheShelf, out(reader: String) }
    enum Rejection: Error, Equatable { case isOut, isOnTheShelf }

    static let initialState = State.onTheShelf

    static func decide(_ command: Command, given state: State) throws(Rejection) -> [LibraryEvent] {
        switch (command, state) {
        case (.lend(let reader, let now), .onTheShelf): [.lent(BookLent(reader: reader, due: now.advanced(by: .days(14))))]
        case (.lend, .out): throw .isOut
        case (.takeBack, .out(let reader)): [.returned(BookReturned(reader: reader))]
        case (.takeBack, .onTheShelf): throw .isOnTheShelf
        }
    }

    static func evolve(_ state: inout State, with event: LibraryEvent) {
        switch event {
        case .lent(let lent): state = .out(reader: lent.reader)
        case .returned: state = .onTheShelf
        }
    }
}

// MARK: Saga: long work, stored step by step

enum Reminder: Saga {
    typealias Command = Never

    static let name = "reminder"
    static let version = 1

    static func initialState(of book: String) -> String? { nil }

    static func instances(for event: LibraryEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }

    static func evolve(_ reader: inout String?, with input: SagaInput<LibraryEvent>) {
        if case .event(let event, _) = input {
            switch event {
            case .lent(let lent): reader = lent.reader
            case .returned: reader = nil
            }
        }
    }

    static func react(to input: SagaInput<LibraryEvent>, in reader: String?) -> [Reaction<Never>] {
        switch input {
        case .event(.lent(let lent), _): [.schedule(timer: "due", at: lent.due)]
        case .event(.returned, _): [.cancelTimer("due")]
        case .fired(_, let due, _): reader.map { [.perform(Effect("remind", key: "\($0)/\(due)", request: ["reader": .string($0)]))] } ?? []
        case .succeeded, .rejected, .indeterminate, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: []
        }
    }

    static func dispatch(_ command: Never, to decisions: DecisionBatch) async throws {}
}

/// The edge: here a letter would be sent.
struct Letters: EffectPerformer {
    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        print("  letter to \(intent.request["reader"]?.stringValue ?? "?"), sent once under the key \(intent.key)")
        return .succeeded([:])
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { .unknown(reason: "letters can't be looked up") }
}

// MARK: Projection: events to rows

struct BooksOut: Projection {
    let name = "books-out"
    let version = 1

    func keys(for event: Recorded<LibraryEvent>) -> [String] { [event.stream.description] }

    func apply(_ event: Recorded<LibraryEvent>, key: String, to row: inout String?) {
        switch event.event {
        case .lent(let lent): row = lent.reader
        case .returned: row = nil
        }
    }
}

// MARK: Joining them

guard let newYear = Timestamp("2026-01-01T09:00:00Z") else { preconditionFailure("the date is well-formed") }
let clock = ManualClock(at: newYear)
let log = MemoryEventLog(clock: clock)
let identities = SeededIdentities(seed: "library")
let library = CommandHandler(log: log, clock: clock, identities: identities)
let reminders = VirtualTime(
    clock: clock,
    sagas: [SagaRunner(Reminder.self, log: log, clock: clock, identities: identities, performer: Letters())])

let emma = try StreamName("book-emma"), ulysses = try StreamName("book-ulysses")
try await library.handle(Book.self, .lend(to: "reader-7", at: clock.now()), on: emma)
try await library.handle(Book.self, .lend(to: "reader-9", at: clock.now()), on: ulysses)
do {
    try await library.handle(Book.self, .lend(to: "reader-8", at: clock.now()), on: emma)
} catch Book.Rejection.isOut {
    print("Emma is out: the decider said no, and nothing was stored")
}
try await reminders.run(until: newYear.advanced(by: .days(10)))
try await library.handle(Book.self, .takeBack, on: emma)
print("Twenty days pass:")
try await reminders.run(until: newYear.advanced(by: .days(20)))

let readModels = ProjectionRunner([BooksOut()], log: log, store: MemoryReadModelStore())
try await readModels.catchUp()
let booksOut = ReadModel(BooksOut(), of: readModels)
print("Out now:        \(try await booksOut.rows().map { "\($0.key) (\($0.row))" }.joined(separator: ", "))")
let position = try await log.position(at: newYear.advanced(by: .days(1)))
print("Out on 2 Jan:   \(try await booksOut.rows(at: position).map { "\($0.key) (\($0.row))" }.joined(separator: ", "))")
