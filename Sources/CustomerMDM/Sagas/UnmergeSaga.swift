package import HindsightCore

/// Takes a golden record apart, or leads it back to an earlier state, as a steward saw it in the preview.
///
/// Request → separations and card moves in one append → all parts analysed again. If a card has moved since the preview, nothing is done.
package enum UnmergeSaga: Saga {
    package struct State: Sendable, Equatable {
        package var request: UnmergeRequested?
    }

    package enum Command: Sendable, Equatable {
        case carryOut(UnmergeRequested)
        case analyseAgain(UnmergeRequested)
    }

    package static let name = "unmerge"
    package static let version = 1

    package static func initialState(of instance: String) -> State { State() }

    package static func instances(for event: CustomerEvent, in stream: StreamName) -> [String] {
        switch event {
        case .golden(.unmergeRequested(let event)): [event.request]
        case .golden(.unmerged(let event)): [event.request]
        case .golden(.unmergeRefused(let event)): [event.request]
        case .card, .golden, .separation, .review, .pair, .analysis, .run, .settings: []
        }
    }

    package static func evolve(_ state: inout State, with input: SagaInput<CustomerEvent>) {
        if case .event(.golden(.unmergeRequested(let event)), _) = input { state.request = event }
    }

    package static func react(to input: SagaInput<CustomerEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.golden(.unmergeRequested(let event)), _): [.command(.carryOut(event))]
        case .event(.golden(.unmerged(let event)), _):
            if let request = state.request, request.plan.analysesAgain {
                [.command(.analyseAgain(request)), .finish(outcome: event.kind.rawValue)]
            } else {
                [.finish(outcome: event.kind.rawValue)]
            }
        case .event(.golden(.unmergeRefused), _): [.finish(outcome: "refused")]
        case .cancelRequested: [.finish(outcome: "cancelled")]
        case .event, .succeeded, .rejected, .indeterminate, .fired, .signal, .skipped, .skippedInput, .compensated: []
        }
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .carryOut(let request): try await carryOut(request, in: decisions)
        case .analyseAgain(let request):
            for (index, part) in request.plan.parts.enumerated() where !part.cards.isEmpty {
                let analysis = AnalysisRequested(request: "\(request.request):\(index + 1)", trigger: .unmerge, cards: part.cards)
                try await decisions.record(
                    AnalysisDecider.self, .request(analysis), on: MDMStream.analysis(analysis.request), as: CustomerEvent.analysis)
            }
        }
    }

    private static func carryOut(_ request: UnmergeRequested, in decisions: DecisionBatch) async throws {
        let plan = request.plan
        for move in plan.moves {
            let state = try await decisions.state(of: CardDecider.self, on: MDMStream.card(move.card))
            guard state.golden == move.from else {
                let refused = UnmergeRefused(
                    golden: request.golden, request: request.request, reason: "card \(move.card) has moved since the preview")
                try await decisions.record(
                    GoldenDecider.self, .refuseUnmerge(refused), on: MDMStream.golden(request.golden), as: CustomerEvent.golden)
                return
            }
        }
        for separation in plan.separations {
            let made = SeparationMade(
                separation: separation.separation, left: separation.left, right: separation.right, kind: .split, reason: request.reason)
            try await decisions.record(
                SeparationDecider.self, .make(made), on: MDMStream.separation(separation.separation), as: CustomerEvent.separation)
        }
        for separation in plan.closes {
            try await decisions.record(
                SeparationDecider.self, .close(reason: request.reason), on: MDMStream.separation(separation.separation),
                as: CustomerEvent.separation)
        }
        for move in plan.moves {
            try await decisions.record(
                CardDecider.self,
                .assign(from: move.from, to: move.to, because: plan.kind == .unmerge ? .unmerge : .rollback, request: request.request),
                on: MDMStream.card(move.card), as: CustomerEvent.card)
        }
        let unmerged = GoldenUnmerged(
            golden: request.golden, request: request.request, kind: plan.kind, parts: plan.parts, reason: request.reason)
        try await decisions.record(GoldenDecider.self, .unmerge(unmerged), on: MDMStream.golden(request.golden), as: CustomerEvent.golden)
    }
}
