package import HindsightCore

// A question to a model is an effect like any other: intended before it is asked, with one outcome, and nothing lost by a crash.

extension PredictionRequested {
    /// The question as the predictor gets it; all of it is in the event.
    package var effect: Effect {
        var request: [String: JSONValue] = ["model": .string(model.hexadecimal), "question": question.json]
        if let shadow { request["shadow"] = .string(shadow.hexadecimal) }
        return Effect(PaymentSaga.predictEffect, key: "\(invoice):prediction:\(number)", request: .object(request))
    }
}

extension WindowQuestion {
    fileprivate var json: JSONValue {
        do {
            return try JSONValue(coding: self)
        } catch {
            preconditionFailure("a question holds instants, texts and whole numbers, which JSON can write: \(error)")
        }
    }
}

extension PredictionAnswers {
    /// As it stands in the engine's event.
    package func json() throws -> JSONValue {
        var members = ["answer": try JSONValue(coding: answer)]
        if let shadow { members["shadow"] = try JSONValue(coding: shadow) }
        return .object(members)
    }

    /// What ``json`` wrote.
    static func reading(_ json: JSONValue) -> Result<PredictionAnswers, PredictionFailure> {
        do {
            guard let answer = json["answer"] else { return .failure(PredictionFailure(.failed, "the answer is missing")) }
            return .success(
                PredictionAnswers(try answer.coded(as: PredictionAnswer.self),
                    shadow: try json["shadow"].map { try $0.coded(as: PredictionAnswer.self) }))
        } catch {
            return .failure(PredictionFailure(.failed, "the answer cannot be read: \(error)"))
        }
    }
}

extension PredictionFailure {
    package var json: JSONValue { ["reason": .string(reason.rawValue), "account": .string(account)] }

    /// What ``json`` wrote; any other refusal is a failure of the predictor, in the words of `reason`.
    init(_ json: JSONValue, otherwise reason: String) {
        if let known = json["reason"]?.stringValue.flatMap(Reason.init), let account = json["account"]?.stringValue {
            self.init(known, account)
        } else {
            self.init(.failed, reason)
        }
    }
}

extension JSONValue {
    fileprivate init(coding value: some Encodable) throws { self = try JSON.decode(JSONValue.self, from: JSON.encode(value)) }

    fileprivate func coded<Value: Decodable>(as type: Value.Type) throws -> Value { try JSON.decode(type, from: JSON.encode(self)) }
}
