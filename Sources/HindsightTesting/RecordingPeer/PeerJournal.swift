import FoundationEssentials
public import HindsightCore

/// What a `recording-peer` wrote down of the requests that came and of what it did.
public struct PeerJournal: Sendable {
    /// Something that the peer did.
    public struct Act: Sendable, Hashable {
        /// Its place among all lines: it tells the order of acts.
        public let sequence: Int
        public let effect: EffectReference
        /// 1 for the first of this key: anything above is a repetition.
        public let number: Int
        /// SHA-256 of the body, in hexadecimal digits.
        public let digest: String
        /// Whether the sender had been cut off when it was done.
        public let isLate: Bool
    }

    /// A request that came, an effect or a look-up.
    public struct Request: Sendable, Hashable {
        public let began: Int
        public let effect: EffectReference
        public let isLookUp: Bool
        /// What the peer was told to do wrong.
        public let fault: String?
        /// When it came by the machine's clock that nobody sets, in nanoseconds.
        public let nanoseconds: UInt64
        /// The line where it ended, or where the next peer took over from one that was killed; `nil`: it had no end yet.
        public internal(set) var ended: Int?
        /// `nil` without an answer, or with half of one.
        public internal(set) var status: Int?
        /// Whether the answer was one that the key had got before.
        public internal(set) var isReplay = false
    }

    /// In the order in which they were done.
    public let acts: [Act]
    /// In the order in which they came.
    public let requests: [Request]

    /// - Parameter path: The peer's `--journal`; it may be writing meanwhile.
    /// - Throws: ``Damage`` if it is no such journal.
    public init(file path: String) throws {
        try self.init(lines: Array(Data(contentsOf: URL(filePath: path))))
    }

    /// - Parameter bytes: One JSON object a line; what follows the last end of a line is not written to its end yet, and left out.
    public init(lines bytes: [UInt8]) throws {
        var acts: [Act] = []
        var requests: [Request] = []
        var open: [Int: Int] = [:]
        for (index, text) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().enumerated() {
            let line: Line
            do {
                line = try JSON.decode(Line.self, from: Array(text))
            } catch {
                throw Damage(line: index + 1)
            }
            switch line.fact {
            case .opened:
                for request in open.values { requests[request].ended = line.seq }
                open = [:]
            case .began(let request, let effect, let isLookUp, let fault):
                open[request] = requests.count
                requests.append(
                    Request(began: line.seq, effect: effect, isLookUp: isLookUp, fault: fault, nanoseconds: line.nanoseconds))
            case .acted(let effect, let number, let digest, let isLate):
                acts.append(Act(sequence: line.seq, effect: effect, number: number, digest: digest, isLate: isLate))
            case .ended(let request, let status, let isReplay):
                guard let index = open.removeValue(forKey: request) else { throw Damage(line: line.seq) }
                requests[index].ended = line.seq
                requests[index].status = status == 0 ? nil : status
                requests[index].isReplay = isReplay
            case .other: break
            }
        }
        self.acts = acts
        self.requests = requests
    }

    /// A line that no peer wrote.
    public struct Damage: Error, Sendable, Hashable, CustomStringConvertible {
        public let line: Int

        public init(line: Int) { self.line = line }

        public var description: String { "line \(line) is none of a peer's journal" }
    }

    public func acts(on effect: EffectReference) -> [Act] { acts.filter { $0.effect == effect } }

    public func requests(for effect: EffectReference) -> [Request] { requests.filter { $0.effect == effect } }

    /// How often each effect was done, as far as it was.
    public var actCounts: [EffectReference: Int] { Dictionary(acts.map { ($0.effect, 1) }, uniquingKeysWith: +) }

    /// The greatest number of requests that the peer had begun and not ended.
    ///
    /// A request whose sender gave up counts until the peer has noticed.
    public func greatestConcurrency(where isCounted: (Request) -> Bool = { _ in true }) -> Int {
        var steps: [(line: Int, step: Int)] = []
        for request in requests where isCounted(request) {
            steps.append((request.began, 1))
            if let end = request.ended { steps.append((end, -1)) }
        }
        // At one line only ends can meet: those of requests whose peer was killed.
        var (now, greatest) = (0, 0)
        for step in steps.sorted(by: { $0.line < $1.line }) {
            now += step.step
            greatest = max(greatest, now)
        }
        return greatest
    }

    /// The greatest number of requests that came within any span of this length.
    public func greatestRate(per span: Duration = .seconds(1), where isCounted: (Request) -> Bool = { _ in true }) -> Int {
        let times = requests.filter(isCounted).map(\.nanoseconds)
        let length = UInt64(span.microseconds) * 1_000
        var (first, greatest) = (0, 0)
        for (index, time) in times.enumerated() {
            while time - times[first] >= length { first += 1 }
            greatest = max(greatest, index - first + 1)
        }
        return greatest
    }
}

extension PeerJournal {
    private struct Line: Decodable {
        enum Fact {
            case opened
            case began(request: Int, EffectReference, isLookUp: Bool, fault: String?)
            case acted(EffectReference, number: Int, digest: String, isLate: Bool)
            case ended(request: Int, status: Int, isReplay: Bool)
            /// Of no interest here: faults and settings.
            case other
        }

        private enum CodingKeys: String, CodingKey {
            case seq, monotonicNs, entry, request, operation, fault, act, digest, late, status, replayed
        }

        let seq: Int
        let nanoseconds: UInt64
        let fact: Fact

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            seq = try members.decode(Int.self, forKey: .seq)
            nanoseconds = try members.decode(UInt64.self, forKey: .monotonicNs)
            switch try members.decode(String.self, forKey: .entry) {
            case "opened": fact = .opened
            case "began":
                fact = .began(
                    request: try members.decode(Int.self, forKey: .request), try EffectReference(from: decoder),
                    isLookUp: try members.decode(String.self, forKey: .operation) == "look-up",
                    fault: try members.decodeIfPresent(String.self, forKey: .fault))
            case "acted":
                fact = .acted(
                    try EffectReference(from: decoder), number: try members.decode(Int.self, forKey: .act),
                    digest: try members.decode(String.self, forKey: .digest),
                    isLate: try members.decodeIfPresent(Bool.self, forKey: .late) ?? false)
            case "ended":
                fact = .ended(
                    request: try members.decode(Int.self, forKey: .request), status: try members.decode(Int.self, forKey: .status),
                    isReplay: try members.decodeIfPresent(Bool.self, forKey: .replayed) ?? false)
            default: fact = .other
            }
        }
    }
}
